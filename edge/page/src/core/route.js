// Where the page is: `#/functions/hello?tab=versions` is {path: ["functions", "hello"], args}.  Behind the #, so that it is
// never sent anywhere.

import { useEffect, useState } from "preact/hooks";

export function parseRoute(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { path: parts, args: new URLSearchParams(search) };
}

export function href(...parts) {
  const last = parts.at(-1);
  const args = typeof last === "object" ? parts.pop() : {};
  const search = new URLSearchParams(Object.entries(args).filter(([, value]) => value)).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export const go = (...parts) => {
  location.hash = href(...parts);
};

/** Other arguments of the place where the page is, without a step in the history. */
export function replaceArgs(values) {
  const { path, args } = parseRoute(location.hash);
  for (const [name, value] of Object.entries(values)) {
    if (value) args.set(name, value);
    else args.delete(name);
  }
  history.replaceState(null, "", href(...path, Object.fromEntries(args)));
}

export function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

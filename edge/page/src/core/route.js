// Going to places of the page (see place.js), and knowing where it is.

import { useEffect, useState } from "preact/hooks";
import { href, parseRoute } from "./place.js";

export { href };

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

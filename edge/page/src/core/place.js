// Where the page is: `#/functions/hello?tab=versions` is {path: ["functions", "hello"], args}.  Behind the #, so that it is
// never sent anywhere.

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

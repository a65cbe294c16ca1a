// Redirect everything to another host, keeping path and query; and some paths by a table.

const base = 'https://example.com';
const moved = new Map([
  ['/bulk1', `${base}/redirect1`],
  ['/bulk2', `${base}/redirect2`],
  ['/temporary', '/elsewhere'],
]);

export default {
  async fetch(request) {
    const { pathname, search, origin } = new URL(request.url);
    const location = moved.get(pathname);
    if (location?.startsWith('/')) return Response.redirect(new URL(location, origin), 307);
    if (location) return Response.redirect(location, 301);
    return Response.redirect(`${base}${pathname}${search}`);
  },
};

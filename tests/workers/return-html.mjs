// Return a page of HTML.

export default {
  async fetch() {
    const html = `<!DOCTYPE html>
<body>
  <h1>Hello World</h1>
  <p>This markup was made by a worker.</p>
</body>`;
    return new Response(html, { headers: { 'content-type': 'text/html;charset=UTF-8' } });
  },
};

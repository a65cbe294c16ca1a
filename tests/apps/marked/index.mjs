// marked: Markdown to HTML.

import { Marked } from 'marked';

const marked = new Marked({ gfm: true, async: true });
marked.use({ renderer: { heading({ tokens, depth }) { return `<h${depth} id="x">${this.parser.parseInline(tokens)}</h${depth}>\n`; } } });

export default {
  fetch: async (request) => new Response(await marked.parse(await request.text()), { headers: { 'content-type': 'text/html' } }),
};

import MarkdownIt from 'markdown-it';

const markdown = new MarkdownIt({ html: true, linkify: true, typographer: true });

export const run = () => markdown.render('# A (c) "q" -- http://example.com\n\n1. a\n2. b\n\n> q\n\n~~s~~ <b>k</b>\n\na | b\n--|--\n1|2');

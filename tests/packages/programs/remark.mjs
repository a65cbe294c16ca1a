import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

const processor = unified().use(remarkParse).use(remarkGfm).use(remarkRehype).use(rehypeStringify);

export const run = async () => String(await processor.process('# x\n\n* a\n* [ ] **b** ~~c~~ https://example.com [^1]\n\n|a|b|\n|-|-|\n|1|2|\n\n[^1]: note'));

// Tables of `test.each`: rows, and titles made of them.

import { format } from '@vitest/pretty-format';

const shown = (value) => (typeof value === 'string' ? value : format(value, { min: true, maxDepth: 4 }));

/** `{args, named}` of each row: of an array (of arrays), or of a template with a head line. */
export function rowsOf(table, values) {
  if (table?.raw === undefined) return [...table].map((row) => (Array.isArray(row) ? { args: row, named: row[0] } : { args: [row], named: row }));
  const names = table[0].split('|').map((name) => name.trim()).filter(Boolean);
  const rows = [];
  for (let at = 0; at + names.length <= values.length; at += names.length) {
    const named = Object.fromEntries(names.map((name, index) => [name, values[at + index]]));
    rows.push({ args: [named], named });
  }
  return rows;
}

const pathOf = (value, path) => path.split('.').reduce((found, name) => found?.[name], value);

/** A title with `%s` and the like, `$name` and `$#`. */
export function titleOf(title, { args, named }, index) {
  let next = 0;
  const printf = title.replace(/%([sdifjoOp#$%])/g, (whole, kind) => {
    if (kind === '%') return '%';
    if (kind === '#') return String(index);
    if (kind === '$') return String(index + 1);
    if (next >= args.length) return whole;
    const value = args[next++];
    if (kind === 'd' || kind === 'i' || kind === 'f') return String(kind === 'i' ? Math.trunc(Number(value)) : Number(value));
    if (kind === 'j') return JSON.stringify(value);
    return shown(value);
  });
  if (typeof named !== 'object' || named === null) return printf.replaceAll('$#', String(index));
  return printf.replaceAll('$#', String(index)).replace(/\$([A-Za-z_][\w.]*)/g, (whole, path) => {
    const value = pathOf(named, path);
    return value === undefined && !(path.split('.')[0] in named) ? whole : shown(value);
  });
}

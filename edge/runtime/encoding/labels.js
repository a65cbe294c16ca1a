// Encodings by label: https://encoding.spec.whatwg.org/#concept-encoding-get

import { StringPrototypeIncludes } from '../bootstrap/primordials.js';
import { asciiLowerCase, trimAsciiWhitespace } from '../webidl/index.js';

const LABELS = {
  __proto__: null,
  'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
  'utf-16be': 'unicodefffe utf-16be',
  'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
  'windows-1252': 'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
};

/** The name of the encoding with this label in lower case, or undefined. */
export function encodingOf(text) {
  const label = asciiLowerCase(trimAsciiWhitespace(text));
  if (StringPrototypeIncludes(label, ' ')) return undefined;
  return find(LABELS, ` ${label} `) ?? find(import('./legacy_labels.js').LEGACY_LABELS, ` ${label} `);
}

function find(labels, wanted) {
  for (const name in labels) if (StringPrototypeIncludes(` ${labels[name]} `, wanted)) return name;
  return undefined;
}

// The mappings of a transformed module, cut down to what stack traces need.  Lines stay where they are, so a mapping counts only
// where the columns from there on have moved by another number than those before it; and the one before it, because what lies
// between the two has become longer or shorter.

import { MappingReader, encodeNumber } from '../source_map/mappings.js';

/** Of `mappings` of one source, as https://tc39.es/ecma426/ writes them: {line, column, sourceLine, sourceColumn}, from 0. */
export function readMappings(mappings) {
  const bytes = Uint8Array.from(mappings, (character) => character.charCodeAt(0));
  const reader = new MappingReader(bytes, bytes.length);
  const found = [];
  while (reader.next()) {
    const { line, column, sourceLine, sourceColumn } = reader;
    if (reader.hasSource) found.push({ line, column, sourceLine, sourceColumn });
  }
  return found;
}

function around(mappings) {
  const kept = [];
  let last = { line: -1 };
  let shift = 0;
  for (const mapping of mappings) {
    const before = last.line === mapping.line ? shift : 0;
    shift = mapping.column - mapping.sourceColumn;
    if (shift !== before) {
      if (last.line === mapping.line && kept.at(-1) !== last) kept.push(last);
      kept.push(mapping);
    }
    last = mapping;
  }
  return kept;
}

/** Such mappings as text; '' when nothing has moved. */
export function shiftsOf(mappings) {
  let text = '';
  let last = { line: 0, column: 0, sourceLine: 0, sourceColumn: 0 };
  for (const mapping of around(mappings)) {
    const onSameLine = mapping.line === last.line;
    if (text !== '' && onSameLine) text += ',';
    text += ';'.repeat(mapping.line - last.line) + encodeNumber(onSameLine ? mapping.column - last.column : mapping.column);
    text += encodeNumber(0) + encodeNumber(mapping.sourceLine - last.sourceLine) + encodeNumber(mapping.sourceColumn - last.sourceColumn);
    last = mapping;
  }
  return text;
}

// Parts to regular expressions, and back to pattern strings.
// https://urlpattern.spec.whatwg.org/#converting-part-lists-to-regular-expressions

import { StringPrototypeAt, StringPrototypeCodePointAt } from '../bootstrap/primordials.js';
import { FULL_WILDCARD, escapePattern, escapeRegexp, segmentWildcard } from './pattern_parser.js';
import { isNameCodePoint } from './tokenizer.js';

/** The source of the regular expression that matches what the parts say. */
export function regexpSource(parts, options) {
  let source = '^';
  for (let i = 0; i < parts.length; i++) source += partSource(parts[i], options);
  return `${source}$`;
}

function expressionOf(part, options) {
  if (part.type === 'segment-wildcard') return segmentWildcard(options);
  return part.type === 'full-wildcard' ? FULL_WILDCARD : part.value;
}

function repeats(part) {
  return part.modifier === '*' || part.modifier === '+';
}

function partSource(part, options) {
  const { modifier } = part;
  if (part.type === 'fixed-text') return modifier === '' ? escapeRegexp(part.value) : `(?:${escapeRegexp(part.value)})${modifier}`;
  const expression = expressionOf(part, options);
  if (part.prefix === '' && part.suffix === '') return repeats(part) ? `((?:${expression})${modifier})` : `(${expression})${modifier}`;
  const prefix = escapeRegexp(part.prefix);
  const suffix = escapeRegexp(part.suffix);
  if (!repeats(part)) return `(?:${prefix}(${expression})${suffix})${modifier}`;
  // The group holds the repetitions with what separates them, but not the first prefix and the last suffix.
  return `(?:${prefix}((?:${expression})(?:${suffix}${prefix}(?:${expression}))*)${suffix})${modifier === '*' ? '?' : ''}`;
}

/** The normalised pattern that the parts came from. */
export function patternString(parts, options) {
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part.type !== 'fixed-text') text += groupString(part, parts[i - 1] ?? null, parts[i + 1] ?? null, options);
    else if (part.modifier === '') text += escapePattern(part.value);
    else text += `{${escapePattern(part.value)}}${part.modifier}`;
  }
  return text;
}

function isNumbered(part) {
  return part.name[0] >= '0' && part.name[0] <= '9';
}

function startsWithNamePoint(text) {
  return text !== '' && isNameCodePoint(StringPrototypeCodePointAt(text, 0), false);
}

function groupString(part, previous, next, options) {
  const braces = needsBraces(part, previous, next, options);
  let text = escapePattern(part.prefix);
  if (!isNumbered(part)) text += `:${part.name}`;
  text += expressionString(part, previous, braces, options);
  if (part.type === 'segment-wildcard' && !isNumbered(part) && startsWithNamePoint(part.suffix)) text += '\\';
  text += escapePattern(part.suffix);
  return (braces ? `{${text}}` : text) + part.modifier;
}

// Without braces, the pattern would be read in another way.
function needsBraces(part, previous, next, options) {
  if (part.suffix !== '' || (part.prefix !== '' && part.prefix !== options.prefix)) return true;
  if (runsIntoNext(part, next)) return true;
  return part.prefix === '' && previous !== null && previous.type === 'fixed-text' && options.prefix !== '' && StringPrototypeAt(previous.value, -1) === options.prefix;
}

function runsIntoNext(part, next) {
  if (isNumbered(part) || part.type !== 'segment-wildcard' || part.modifier !== '') return false;
  if (next === null || next.prefix !== '' || next.suffix !== '') return false;
  return next.type === 'fixed-text' ? startsWithNamePoint(next.value) : isNumbered(next);
}

function expressionString(part, previous, braces, options) {
  if (part.type === 'regexp') return `(${part.value})`;
  if (part.type === 'segment-wildcard') return isNumbered(part) ? `(${segmentWildcard(options)})` : '';
  const standsAlone = previous === null || previous.type === 'fixed-text' || previous.modifier !== '' || braces || part.prefix !== '';
  return isNumbered(part) && standsAlone ? '*' : `(${FULL_WILDCARD})`;
}

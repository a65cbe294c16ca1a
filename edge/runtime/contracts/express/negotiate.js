// Content negotiation: https://www.rfc-editor.org/rfc/rfc9110#section-12.5

import {
  ArrayPrototypeFilter,
  ArrayPrototypePush,
  ArrayPrototypeSort,
  Number,
  NumberIsNaN,
  RegExpPrototypeExec,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
} from '../../bootstrap/primordials.js';
import { essence, typeOf } from './media_type.js';

const QUALITY = /^\s*q\s*=\s*([\d.]+)\s*$/i;
const MAX_ITEMS = 100;

/** `[{value, q, order}]` of an Accept-like header. */
function parse(header) {
  const items = [];
  const parts = StringPrototypeSplit(header, ',', MAX_ITEMS);
  for (let i = 0; i < parts.length; i++) {
    const pieces = StringPrototypeSplit(parts[i], ';');
    const name = StringPrototypeTrim(pieces[0]);
    const value = StringPrototypeToLowerCase(name);
    if (value === '') continue;
    const item = { __proto__: null, name, value, q: 1, order: i, parameters: [] };
    for (let j = 1; j < pieces.length; j++) {
      const quality = RegExpPrototypeExec(QUALITY, pieces[j]);
      if (quality === null) ArrayPrototypePush(item.parameters, StringPrototypeToLowerCase(StringPrototypeTrim(pieces[j])));
      else item.q = NumberIsNaN(Number(quality[1])) ? 0 : Number(quality[1]);
    }
    ArrayPrototypePush(items, item);
  }
  return items;
}

// How exactly an item of the header means an offer: 0 not at all, more is more exact.
const SPECIFICITY = {
  __proto__: null,
  type(offer, item) {
    const name = essence(offer);
    if (item.value === '*/*') return 1;
    if (item.value === name) return item.parameters.length === 0 ? 3 : hasAll(offer, item.parameters) ? 4 : 0;
    const slash = StringPrototypeIndexOf(name, '/');
    return item.value === `${StringPrototypeSlice(name, 0, slash)}/*` ? 2 : 0;
  },
  token: (offer, item) => (item.value === offer ? 2 : item.value === '*' ? 1 : 0),
  language(offer, item) {
    if (item.value === offer) return 4;
    if (StringPrototypeSplit(offer, '-')[0] === item.value) return 3;
    if (StringPrototypeSplit(item.value, '-')[0] === offer) return 2;
    return item.value === '*' ? 1 : 0;
  },
};

function hasAll(offer, parameters) {
  const own = StringPrototypeSplit(StringPrototypeToLowerCase(offer), ';');
  for (let i = 0; i < parameters.length; i++) {
    let found = false;
    for (let j = 1; j < own.length; j++) found ||= StringPrototypeTrim(own[j]) === parameters[i];
    if (!found) return false;
  }
  return true;
}

function priority(offer, items, specificity) {
  let best = { __proto__: null, q: 0, level: 0, order: Infinity };
  for (let i = 0; i < items.length; i++) {
    const level = specificity(StringPrototypeToLowerCase(offer), items[i]);
    if (level > best.level) best = { __proto__: null, q: items[i].q, level, order: items[i].order };
  }
  return best;
}

/** Names of what the client takes, best first. */
function ordered(items) {
  const taken = [];
  for (let i = 0; i < items.length; i++) if (items[i].q > 0) ArrayPrototypePush(taken, items[i]);
  ArrayPrototypeSort(taken, (a, b) => b.q - a.q || a.order - b.order);
  const names = [];
  for (let i = 0; i < taken.length; i++) ArrayPrototypePush(names, taken[i].name);
  return names;
}

function choose(items, offers, specificity, resolve) {
  let best;
  let chosen = false;
  for (let i = 0; i < offers.length; i++) {
    const offer = resolve(`${offers[i]}`);
    if (offer === undefined) continue;
    const found = priority(offer, items, specificity);
    if (found.q <= 0) continue;
    if (best === undefined || found.q > best.q || (found.q === best.q && (found.level > best.level || (found.level === best.level && found.order < best.order)))) {
      best = found;
      chosen = offers[i];
    }
  }
  return chosen;
}

const same = (name) => name;

/** The best of `offers` for an Accept header, false when none is taken; without offers, what is taken. */
export function acceptTypes(header, offers) {
  // Without a header everything is taken, also what is no type.
  if (!header && offers.length > 0) return offers[0];
  const items = ArrayPrototypeFilter(parse(header ?? '*/*'), ({ value }) => StringPrototypeIndexOf(value, '/') > 0);
  return offers.length === 0 ? ordered(items) : choose(items, offers, SPECIFICITY.type, typeOf);
}

export function acceptCharsets(header, offers) {
  const items = parse(header ?? '*');
  return offers.length === 0 ? ordered(items) : choose(items, offers, SPECIFICITY.token, same);
}

/** `identity` is always taken, unless the header refuses it. */
export function acceptEncodings(header, offers) {
  const items = parse(header ?? '');
  let named = false;
  for (let i = 0; i < items.length; i++) named ||= items[i].value === 'identity' || items[i].value === '*';
  if (!named) ArrayPrototypePush(items, { __proto__: null, name: 'identity', value: 'identity', q: items.length === 0 ? 1 : 0.001, order: items.length, parameters: [] });
  return offers.length === 0 ? ordered(items) : choose(items, offers, SPECIFICITY.token, same);
}

export function acceptLanguages(header, offers) {
  const items = parse(header ?? '*');
  return offers.length === 0 ? ordered(items) : choose(items, offers, SPECIFICITY.language, same);
}

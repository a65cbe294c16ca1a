// console.table: rows and columns of an object of objects.

import {
  ArrayIsArray,
  ArrayPrototypeConcat,
  ArrayPrototypeIncludes,
  ArrayPrototypeJoin,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  MapIteratorPrototypeNext,
  MapPrototypeEntries,
  MathMax,
  ObjectKeys,
  ReflectGet,
  SetIteratorPrototypeNext,
  SetPrototypeValues,
  String,
  StringPrototypeRepeat,
} from '../bootstrap/primordials.js';
import { isMap, isSet } from '../node/internal/types.js';
import { width } from './inspect/text.js';

const MAX_ROWS = 1000;
const INDEX = '(index)';
const ITERATION = '(iteration index)';
const KEY = 'Key';
const VALUES = 'Values';

const isObject = (value) => typeof value === 'object' && value !== null;

function mapRows(map) {
  const rows = [];
  const entries = MapPrototypeEntries(map);
  for (let next = MapIteratorPrototypeNext(entries); !next.done && rows.length < MAX_ROWS; next = MapIteratorPrototypeNext(entries)) {
    ArrayPrototypePush(rows, { __proto__: null, index: String(rows.length), key: next.value[0], value: next.value[1] });
  }
  return rows;
}

function setRows(set) {
  const rows = [];
  const values = SetPrototypeValues(set);
  for (let next = SetIteratorPrototypeNext(values); !next.done && rows.length < MAX_ROWS; next = SetIteratorPrototypeNext(values)) {
    ArrayPrototypePush(rows, { __proto__: null, index: String(rows.length), value: next.value });
  }
  return rows;
}

function objectRows(data) {
  const rows = [];
  const keys = ObjectKeys(data);
  for (let i = 0; i < keys.length && i < MAX_ROWS; i++) ArrayPrototypePush(rows, { __proto__: null, index: keys[i], value: ReflectGet(data, keys[i]) });
  return rows;
}

function rowsOf(data) {
  if (isMap(data)) return { __proto__: null, indexTitle: ITERATION, rows: mapRows(data) };
  if (isSet(data)) return { __proto__: null, indexTitle: ITERATION, rows: setRows(data) };
  return { __proto__: null, indexTitle: INDEX, rows: objectRows(data) };
}

/** The columns: those asked for, or the keys of all rows in the order they are met. */
function columnsOf(rows, wanted) {
  if (ArrayIsArray(wanted)) return ArrayPrototypeMap(wanted, String);
  const columns = [];
  for (let i = 0; i < rows.length; i++) {
    const keys = isObject(rows[i].value) ? ObjectKeys(rows[i].value) : [];
    for (let j = 0; j < keys.length; j++) if (!ArrayPrototypeIncludes(columns, keys[j])) ArrayPrototypePush(columns, keys[j]);
  }
  return columns;
}

function cells(row, columns, format) {
  return ArrayPrototypeMap(columns, (column) => {
    if (!isObject(row.value) || !(column in row.value)) return '';
    return format(ReflectGet(row.value, column));
  });
}

function line(values, widths) {
  const padded = ArrayPrototypeMap(values, (value, i) => ` ${value}${StringPrototypeRepeat(' ', widths[i] - width(value) - 1)}`);
  return `│${ArrayPrototypeJoin(padded, '│')}│`;
}

function draw(header, body) {
  const widths = ArrayPrototypeMap(header, (title, i) => {
    let widest = width(title);
    for (let row = 0; row < body.length; row++) widest = MathMax(widest, width(body[row][i]));
    return widest + 2;
  });
  const rule = (left, middle, right) => left + ArrayPrototypeJoin(ArrayPrototypeMap(widths, (size) => StringPrototypeRepeat('─', size)), middle) + right;
  const lines = [rule('┌', '┬', '┐'), line(header, widths), rule('├', '┼', '┤')];
  for (let row = 0; row < body.length; row++) ArrayPrototypePush(lines, line(body[row], widths));
  ArrayPrototypePush(lines, rule('└', '┴', '┘'));
  return ArrayPrototypeJoin(lines, '\n');
}

/** The table's text.  `format` shows one cell. */
export function table(data, wanted, format) {
  const { indexTitle, rows } = rowsOf(data);
  const columns = columnsOf(rows, wanted);
  const keyed = isMap(data);
  let plain = false;
  for (let i = 0; i < rows.length; i++) plain ||= !isObject(rows[i].value);
  const header = ArrayPrototypeConcat([indexTitle], keyed ? [KEY] : [], columns, plain ? [VALUES] : []);
  const body = ArrayPrototypeMap(rows, (row) => {
    const key = keyed ? [format(row.key)] : [];
    const own = plain ? [isObject(row.value) ? '' : format(row.value)] : [];
    return ArrayPrototypeConcat([row.index], key, cells(row, columns, format), own);
  });
  return draw(header, body);
}

// Changes to a text, and where its characters have gone.  Lines stay where they are: what is inserted has no line breaks.

/** Collects changes; `apply` makes the text, `place` says where a position of the old text is in the new one. */
export class Edits {
  #source;
  #list = [];

  constructor(source) {
    this.#source = source;
  }

  /**
   * Put `text` in the place of what is between two offsets.  `called`: what V8 takes for the place of the call, the parenthesis
   * behind it, is the place of what is called.
   */
  replace(start, end, text, called = false) {
    this.#list.push({ start, end, text, called });
  }

  /** Put `text` in front of an offset. */
  insert(at, text) {
    this.replace(at, at, text);
  }

  /** Blank out what is between two offsets: columns behind it stay what they are. */
  blank(start, end) {
    this.replace(start, end, this.#source.slice(start, end).replace(/[^\n\r\u2028\u2029]/g, ' '));
  }

  /** The new text. */
  apply() {
    const parts = [];
    let at = 0;
    for (const { start, end, text } of this.#sorted()) {
      parts.push(this.#source.slice(at, start), text);
      at = end;
    }
    parts.push(this.#source.slice(at));
    return parts.join('');
  }

  /** The columns that have moved, as mappings: {line, column, sourceLine, sourceColumn}, from 0, in order. */
  mappings() {
    const found = [];
    const lines = new Lines(this.#source);
    let line = 0;
    let shift = 0;
    for (const { start, end, text, called } of this.#sorted()) {
      const before = lines.place(start);
      if (before.line !== line) [line, shift] = [before.line, 0];
      found.push(mapping(before, shift));
      const after = lines.place(end);
      if (after.line !== line) [line, shift] = [after.line, 0];
      else shift += text.length - (end - start);
      if (called) found.push({ ...mapping(after, shift), sourceColumn: before.column });
      found.push(mapping(called ? { ...after, column: after.column + 1 } : after, shift));
    }
    return found;
  }

  // In the order of the text; what was inserted at one place stays in the order of its insertion, in front of what is replaced.
  #sorted() {
    return this.#list.sort((a, b) => a.start - b.start || a.end - b.end);
  }
}

const mapping = ({ line, column }, shift) => ({ line, column: column + shift, sourceLine: line, sourceColumn: column });

/** Lines and columns of offsets, which are asked for in their order. */
class Lines {
  #breaks = /\r\n|[\n\r\u2028\u2029]/g;
  #source;
  #line = 0;
  #start = 0;
  #next;

  constructor(source) {
    this.#source = source;
    this.#advance();
  }

  place(offset) {
    while (this.#next <= offset) {
      this.#line += 1;
      this.#start = this.#next;
      this.#advance();
    }
    return { line: this.#line, column: offset - this.#start };
  }

  #advance() {
    this.#next = this.#breaks.exec(this.#source) === null ? Infinity : this.#breaks.lastIndex;
  }
}

/**
 * Mappings from a text to the one before the last transform: `later` leads to what `earlier` leads on from.
 * Both are in order; where `earlier` says nothing of a line, its columns are the same.
 */
export function composed(later, earlier) {
  if (earlier.length === 0) return later;
  const found = [...later.map((one) => ({ ...one, ...before(earlier, one.sourceLine, one.sourceColumn) })), ...earlier.map((one) => ({ ...one, ...after(later, one.line, one.column) }))];
  return found.sort((a, b) => a.line - b.line || a.column - b.column || a.sourceColumn - b.sourceColumn);
}

function before(earlier, line, column) {
  const one = last(earlier, line, (candidate) => candidate.line, column, (candidate) => candidate.column);
  return one === undefined ? { sourceLine: line, sourceColumn: column } : { sourceLine: one.sourceLine, sourceColumn: one.sourceColumn + column - one.column };
}

function after(later, line, column) {
  const one = last(later, line, (candidate) => candidate.sourceLine, column, (candidate) => candidate.sourceColumn);
  return one === undefined ? { line, column } : { line: one.line, column: one.column + column - one.sourceColumn };
}

// The last mapping of a line at or in front of a column.
function last(mappings, line, lineOf, column, columnOf) {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = mappings[middle];
    if (lineOf(one) < line || (lineOf(one) === line && columnOf(one) <= column)) low = middle + 1;
    else high = middle;
  }
  const one = mappings[low - 1];
  return one !== undefined && lineOf(one) === line ? one : undefined;
}

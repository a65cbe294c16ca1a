// readline.Interface over streams: https://nodejs.org/api/readline.html#class-readlineinterface
//
// There is no terminal: lines are what the input gives, and the output gets prompts and questions.

import {
  ArrayIsArray, ArrayPrototypeIndexOf, ArrayPrototypePush, ArrayPrototypeShift, ArrayPrototypeSplice, Error, NumberIsNaN, ObjectDefineProperty, ObjectSetPrototypeOf, Promise,
  ReflectConstruct, RegExpPrototypeExec, String, StringPrototypeEndsWith, StringPrototypeSlice, SymbolAsyncIterator, SymbolDispose,
} from '../../../bootstrap/primordials.js';
import { readClock } from '../../../bootstrap/tape.js';
import { queueMicrotask } from '../../../events/index.js';
import { EventEmitter } from '../emitter.js';
import { abortError, coded, invalidArgType, invalidArgValue } from '../errors.js';
import { StringDecoder } from '../../string_decoder.js';

const LINE_END = /\r\n|\n|\r|\u2028|\u2029/;
const MIN_DELAY = 100;
const MAX_WAITING = 1024;

/** What `createInterface` takes: an object, or streams one after the other. */
function optionsOf(input, output, completer, terminal) {
  if (input !== null && typeof input === 'object' && input.input !== undefined) return { __proto__: null, ...input };
  return { __proto__: null, input, output, completer, terminal };
}

function checked(options) {
  const { input, completer, history, historySize, signal, crlfDelay, tabSize } = options;
  if (completer !== undefined && typeof completer !== 'function') throw invalidArgValue('completer', completer);
  if (history !== undefined && !ArrayIsArray(history)) throw invalidArgType('history', 'Array', history);
  if (historySize !== undefined && (typeof historySize !== 'number' || NumberIsNaN(historySize) || historySize < 0)) {
    throw typeof historySize === 'number' ? import('../errors.js').outOfRange('historySize', '>= 0', historySize) : invalidArgType('historySize', 'number', historySize);
  }
  if (tabSize !== undefined) import('../errors.js').validateInteger(tabSize, 'tabSize', 1, 2 ** 32 - 1);
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) throw invalidArgType('options.signal', 'AbortSignal', signal);
  if (typeof input?.on !== 'function') throw invalidArgType('input', 'stream.Readable', input);
  options.crlfDelay = typeof crlfDelay === 'number' && crlfDelay > MIN_DELAY ? crlfDelay : MIN_DELAY;
  return options;
}

class LineReader extends EventEmitter {
  #decoder = new StringDecoder('utf8');
  #rest = '';
  #return = -Infinity;
  #questions = [];
  #prompt;
  #listeners;
  #previousPrompt;
  #lines = null;

  constructor(input, output, completer, terminal) {
    super();
    const options = checked(optionsOf(input, output, completer, terminal));
    this.#prompt = options.prompt ?? '> ';
    this.input = options.input;
    this.output = options.output;
    this.terminal = false;
    this.closed = false;
    this.paused = false;
    this.line = '';
    this.cursor = 0;
    this.history = options.history ?? [];
    this.crlfDelay = options.crlfDelay;
    this.#listen(options.input, options.signal);
  }

  #listen(input, signal) {
    const onData = (chunk) => this.#feed(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
    const onEnd = () => {
      this.#feed(this.#decoder.end());
      if (this.#rest !== '') this.#line(this.#rest);
      this.close();
    };
    const onError = (error) => this.emit('error', error);
    this.#listeners = { __proto__: null, data: onData, end: onEnd, error: onError };
    input.on('error', onError);
    input.on('data', onData);
    input.on('end', onEnd);
    if (signal !== undefined) this.#closeWith(signal);
    input.resume();
  }

  #closeWith(signal) {
    const end = () => this.close();
    if (signal.aborted) queueMicrotask(end);
    else {
      const disposable = import('../../events.js').default.addAbortListener(signal, end);
      this.once('close', () => disposable[SymbolDispose]());
    }
  }

  #feed(text) {
    if (text === '' || this.closed) return;
    // The second half of a line end whose first one came before.
    let rest = text;
    if (this.#return > -Infinity && rest[0] === '\n' && readClock() - this.#return <= this.crlfDelay) rest = StringPrototypeSlice(rest, 1);
    this.#return = -Infinity;
    if (rest === '') return;
    let pending = this.#rest + rest;
    this.#rest = '';
    const endsWithReturn = StringPrototypeEndsWith(pending, '\r');
    for (let end = RegExpPrototypeExec(LINE_END, pending); end !== null && !this.closed; end = RegExpPrototypeExec(LINE_END, pending)) {
      const line = StringPrototypeSlice(pending, 0, end.index);
      pending = StringPrototypeSlice(pending, end.index + end[0].length);
      this.#rest = pending;
      if (pending === '' && endsWithReturn) this.#return = readClock();
      this.#line(line);
    }
    this.#rest = pending;
  }

  #line(text) {
    this.#rest = '';
    const question = ArrayPrototypeShift(this.#questions);
    if (question === undefined) {
      this.emit('line', text);
      return;
    }
    this.#prompt = this.#previousPrompt ?? this.#prompt;
    question(text);
  }

  getPrompt() { return this.#prompt; }
  setPrompt(prompt) { this.#prompt = String(prompt); }

  prompt() {
    if (this.paused) this.resume();
    this.output?.write(this.#prompt);
  }

  question(query, options, callback) {
    const done = typeof options === 'function' ? options : callback;
    const signal = typeof options === 'object' && options !== null ? options.signal : undefined;
    if (this.closed) throw coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed');
    if (signal !== undefined) {
      if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) throw invalidArgType('options.signal', 'AbortSignal', signal);
      if (signal.aborted) return;
    }
    if (typeof done !== 'function') return;
    // One question at a time: a second one only asks again.
    if (this.#questions.length > 0) {
      this.prompt();
      return;
    }
    this.#ask(query, done, signal);
  }

  #ask(query, done, signal) {
    ArrayPrototypePush(this.#questions, done);
    this.#previousPrompt = this.#prompt;
    this.setPrompt(query);
    this.prompt();
    if (signal === undefined) return;
    const disposable = import('../../events.js').default.addAbortListener(signal, () => {
      const at = ArrayPrototypeIndexOf(this.#questions, done);
      if (at >= 0) ArrayPrototypeSplice(this.#questions, at, 1);
    });
    this.once('line', () => disposable[SymbolDispose]());
  }

  pause() {
    if (this.closed) throw coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed');
    if (this.paused) return this;
    this.input.pause();
    this.paused = true;
    this.emit('pause');
    return this;
  }

  resume() {
    if (this.closed) throw coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed');
    if (!this.paused) return this;
    this.input.resume();
    this.paused = false;
    this.emit('resume');
    return this;
  }

  /** Text as if the input had given it. */
  write(data) {
    if (this.closed) throw coded(Error, 'ERR_USE_AFTER_CLOSE', 'readline was closed');
    if (this.paused) this.resume();
    if (data !== undefined && data !== null) this.#feed(typeof data === 'string' ? data : this.#decoder.write(data));
  }

  close() {
    if (this.closed) return;
    if (!this.paused) this.pause();
    this.closed = true;
    for (const name in this.#listeners) this.input.removeListener(name, this.#listeners[name]);
    this.emit('close');
  }

  getCursorPos() { return { rows: 0, cols: this.cursor }; }

  [SymbolDispose]() { this.close(); }

  // One for all that iterate: no line is given twice.
  [SymbolAsyncIterator]() {
    this.#lines ??= linesOf(this);
    return this.#lines;
  }
}

/** The lines, with the input paused while too many wait. */
function linesOf(reader) {
  const waiting = [];
  const wanted = [];
  let ended = reader.closed;
  let failure = null;
  const settle = () => {
    while (wanted.length > 0 && (waiting.length > 0 || ended)) {
      const { resolve, reject } = ArrayPrototypeShift(wanted);
      if (waiting.length > 0) resolve({ value: ArrayPrototypeShift(waiting), done: false });
      else if (failure !== null) {
        reject(failure);
        failure = null;
      } else resolve({ value: undefined, done: true });
    }
    if (waiting.length < MAX_WAITING && reader.paused && !reader.closed) reader.resume();
  };
  const onLine = (line) => {
    ArrayPrototypePush(waiting, line);
    if (waiting.length > MAX_WAITING && !reader.paused) reader.pause();
    settle();
  };
  const onClose = () => {
    ended = true;
    settle();
  };
  const onError = (error) => {
    failure = error;
    ended = true;
    settle();
  };
  reader.on('line', onLine);
  reader.on('close', onClose);
  reader.on('error', onError);
  const iterator = {
    next: () => new Promise((resolve, reject) => {
      ArrayPrototypePush(wanted, { __proto__: null, resolve, reject });
      settle();
    }),
    async return(value) {
      reader.removeListener('line', onLine);
      reader.removeListener('error', onError);
      ended = true;
      if (!reader.closed) reader.close();
      settle();
      return { value, done: true };
    },
  };
  ObjectDefineProperty(iterator, SymbolAsyncIterator, { __proto__: null, value: () => iterator, writable: true, configurable: true });
  return iterator;
}

/** A function as well, since packages call it without `new`. */
export function Interface(...args) {
  return ReflectConstruct(LineReader, args, new.target ?? Interface);
}
ObjectDefineProperty(Interface, 'prototype', { __proto__: null, value: LineReader.prototype });
ObjectDefineProperty(LineReader.prototype, 'constructor', { __proto__: null, value: Interface, writable: true, configurable: true });
ObjectSetPrototypeOf(Interface, EventEmitter);

/** `question` as a promise. */
export function questionLater(reader, query, options) {
  return new Promise((resolve, reject) => {
    const signal = options?.signal;
    if (signal !== undefined) {
      if (signal === null || typeof signal !== 'object' || !('aborted' in signal)) throw invalidArgType('options.signal', 'AbortSignal', signal);
      if (signal.aborted) throw abortError(signal);
      const disposable = import('../../events.js').default.addAbortListener(signal, () => reject(abortError(signal)));
      reader.question(query, options, (answer) => {
        disposable[SymbolDispose]();
        resolve(answer);
      });
    } else reader.question(query, resolve);
  });
}

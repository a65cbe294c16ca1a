// Log lines as effects, so many of each invocation and turn.  Loaded with the first line.

import { SafeArrayPush, StringPrototypeSlice } from './primordials.js';
import { emit, isEnding, loudInvocations } from './host.js';

const MAX_TURN_LINES = 1000;
const MAX_TURN_CHARS = 262144;
const MAX_LINE_CHARS = 10000;

/** What one invocation has logged in this turn. */
class Tally {
  #invocation;
  #lines = 0;
  #chars = 0;
  #dropped = 0;

  constructor(invocation) {
    this.#invocation = invocation;
  }

  /** Whether a line still fits. */
  accepts(text) {
    this.#lines += 1;
    this.#chars += text.length;
    if (this.#lines <= MAX_TURN_LINES && this.#chars <= MAX_TURN_CHARS + MAX_LINE_CHARS) return true;
    this.#dropped += 1;
    return false;
  }

  /** Turn or invocation are over: say how many lines were dropped. */
  close() {
    const { id } = this.#invocation;
    this.#invocation.logTally = null;
    if (this.#dropped === 0) return;
    emit({ __proto__: null, t: 'log', id, level: 'warn', text: `${this.#dropped} log lines dropped (at most ${MAX_TURN_LINES} lines or ${MAX_TURN_CHARS} characters a turn)` });
  }
}

function emitLine(invocation, level, text) {
  const shown = text.length > MAX_LINE_CHARS ? `${StringPrototypeSlice(text, 0, MAX_LINE_CHARS)}... ${text.length - MAX_LINE_CHARS} more characters` : text;
  emit({ __proto__: null, t: 'log', id: invocation.id, level, text: shown });
}

/** One line of an invocation's log; nothing when it has ended. */
export function emitLog(invocation, level, text) {
  if (invocation.over) return;
  if (invocation.logTally === null) {
    invocation.logTally = new Tally(invocation);
    SafeArrayPush(loudInvocations, invocation);
  }
  if (invocation.logTally.accepts(text)) emitLine(invocation, level, text);
}

/** What failed when the response had left already; the host takes one such line also with the end of an invocation. */
export function emitFailure(invocation, text) {
  if (!invocation.over) emitLog(invocation, 'error', text);
  else if (invocation.failure === null && isEnding(invocation.id)) emitLine(invocation, 'error', text);
}

// Two wires of the host's that are joined: a function that answers with the WebSocket of another server.

import { Promise, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';

// Bytes on their way to one side above which no more is read from the other.
const HIGH_WATER = 1048576;

// Codes that stand for no frame cannot be passed on.
const passable = (code, clean) => {
  if (code === 1005) return null;
  return clean ? code : 1011;
};

class Side {
  #waiting = 0;
  #roomy = null;

  constructor(from, to) {
    this.from = from;
    this.to = to;
  }

  start(back) {
    this.from.start({
      __proto__: null,
      message: (kind, data) => this.#pass(kind, data),
      // What came from the other side has left on this one.
      sent: (size) => back.left(size),
      room: () => (this.#waiting <= HIGH_WATER ? null : new Promise((resolve) => { this.#roomy = resolve; })),
      closed: (code, reason, clean) => this.to.close(passable(code, clean), clean ? reason : ''),
    });
  }

  #pass(kind, data) {
    // Each side answers pings itself.
    if (kind !== 't' && kind !== 'b') return;
    const size = kind === 't' ? data.length : TypedArrayPrototypeGetLength(data);
    this.#waiting += size;
    this.to.send(kind, data, size);
  }

  left(size) {
    this.#waiting -= size;
    if (this.#waiting > HIGH_WATER || this.#roomy === null) return;
    this.#roomy();
    this.#roomy = null;
  }
}

/** Pass on what comes from either side, as fast as the other takes it. */
export function relay(first, second) {
  const there = new Side(first, second);
  const back = new Side(second, first);
  there.start(back);
  back.start(there);
}

// AbortController: https://dom.spec.whatwg.org/#interface-abortcontroller

import { DOMException } from '../events/index.js';
import { defineInterface } from '../webidl/index.js';
import { createSignal, signalAbort } from './abort_signal.js';

export class AbortController {
  #signal = createSignal();

  get signal() { return this.#signal; }

  abort(reason = undefined) { signalAbort(this.#signal, reason); }
}
defineInterface(AbortController, 'AbortController');

/** For the host: `{signal, abort(text)}`, out of reach of patched prototypes; the text becomes an AbortError. */
export function createAbortController() {
  const signal = createSignal();
  return {
    __proto__: null,
    signal,
    abort(reason) {
      signalAbort(signal, typeof reason === 'string' ? new DOMException(reason, 'AbortError') : reason);
    },
  };
}

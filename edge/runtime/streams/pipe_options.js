// Arguments of pipeTo and pipeThrough: https://streams.spec.whatwg.org/#dictdef-streampipeoptions

import { Boolean, TypeError } from '../bootstrap/primordials.js';
import { toDictionary } from '../webidl/index.js';
import { requireReadable } from './readable_stream.js';
import { requireWritable } from './writable_stream.js';

export function toPipeOptions(options) {
  const dictionary = toDictionary(options, 'The options');
  const preventAbort = Boolean(dictionary.preventAbort);
  const preventCancel = Boolean(dictionary.preventCancel);
  const preventClose = Boolean(dictionary.preventClose);
  const { signal } = dictionary;
  // Who has a signal has loaded the module that made it.
  if (signal !== undefined && !import('../abort/index.js').isAbortSignal(signal)) throw new TypeError('signal is not an AbortSignal');
  return { __proto__: null, preventAbort, preventCancel, preventClose, signal };
}

/** `{readable, writable}` of what pipeThrough is given: the object itself, and the inner object. */
export function toPair(transform) {
  const pair = toDictionary(transform, 'The transform');
  const { readable } = pair;
  requireReadable(readable, 'readable of the transform');
  return { __proto__: null, readable, writable: requireWritable(pair.writable, 'writable of the transform') };
}

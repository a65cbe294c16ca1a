// Stacks that the runtime takes for itself: with the author's positions, whatever `Error.prepareStackTrace` the function has.

import {
  ArrayPrototypeSlice, Error, ErrorCaptureStackTrace, ObjectDefineProperty, ReflectApply, ReflectDefineProperty, ReflectDeleteProperty,
  ReflectGetOwnPropertyDescriptor, StringPrototypeSplit,
} from '../../bootstrap/primordials.js';
import { callSite } from '../../bootstrap/stack_trace.js';
import { formatStack } from '../../source_map/frames.js';

function restore(name, descriptor) {
  if (descriptor === undefined) ReflectDeleteProperty(Error, name);
  else ObjectDefineProperty(Error, name, descriptor);
}

// What `format(error, sites)` makes of at most `count` frames from the caller of `hide` on; undefined when Error refuses.
function captured(hide, count, format) {
  const limit = ReflectGetOwnPropertyDescriptor(Error, 'stackTraceLimit');
  const prepare = ReflectGetOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const own = { __proto__: null, writable: true, configurable: true };
  if (!ReflectDefineProperty(Error, 'stackTraceLimit', { ...own, value: count })) return undefined;
  try {
    if (!ReflectDefineProperty(Error, 'prepareStackTrace', { ...own, value: format })) return undefined;
    const holder = {};
    ErrorCaptureStackTrace(holder, hide);
    return holder.stack;
  } finally {
    restore('prepareStackTrace', prepare);
    restore('stackTraceLimit', limit);
  }
}

/** The lines of at most `count` frames from the caller of `hide` on. */
export function frameLines(hide, count) {
  return ArrayPrototypeSlice(StringPrototypeSplit(captured(hide, count, formatStack) ?? '', '\n'), 1);
}

/** The class that an object was made by, also when it has lost its prototype: V8 tells it of the receivers in a stack. */
export function madeBy(object) {
  function receive() {
    return captured(captured, 1, (error, sites) => ReflectApply(callSite.getTypeName, sites[0], []));
  }
  return ReflectApply(receive, object, []) ?? 'Object';
}

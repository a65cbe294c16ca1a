// The value that V8 itself carries along promise jobs and awaits: what is set when a handler is attached or an await begins
// is there again when it runs, whoever settled the promise.  There is never a value before V8's functions for it were asked
// for, nor where V8 does not give them.

let read = null;
let write = null;

/** `binding` is V8's extras binding. */
export function setAsyncContextFunctions(binding) {
  if (binding.setContinuationPreservedEmbedderData === undefined) return;
  read = binding.getContinuationPreservedEmbedderData;
  write = binding.setContinuationPreservedEmbedderData;
}

/** The value of the code that runs; undefined without one. */
export function asyncContext() {
  return read === null ? undefined : read();
}

/** Set the value for what runs from now on, and for what it starts. */
export function setAsyncContext(value) {
  if (write !== null) write(value);
}

// How the runtime recognises a ReadableStream without loading the folder: until it is loaded, nobody can have made one.

let innerOf = () => null;

/** Called by the module that knows them, when it is loaded. */
export function recogniseBy(inner) {
  innerOf = inner;
}

/** The inner object of a ReadableStream, null for anything else. */
export function readableInner(value) {
  return innerOf(value);
}

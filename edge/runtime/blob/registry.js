// How the runtime recognises blobs without loading their classes: until those are loaded, nobody can have made one.

let contentOf = () => null;

/** Called by the module that has the classes, when it is loaded. */
export function recogniseBlobsBy(content) {
  contentOf = content;
}

/** `{pieces, size, type}` of a blob, not to be changed; null for anything else. */
export function blobContent(value) {
  return contentOf(value);
}

export function isBlob(value) {
  return contentOf(value) !== null;
}

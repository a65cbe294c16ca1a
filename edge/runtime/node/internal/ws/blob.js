// Blobs as messages, without the class of blobs.

import { blobContent } from '../../../blob/registry.js';

export const isBlob = (value) => blobContent(value) !== null;

export function blobBytes(blob) {
  const { pieces, size } = blobContent(blob);
  return import('../../../blob/parts.js').joinedBytes(pieces, size);
}

import { Blob, File } from './blob.js';

export {
  Blob, File, blobBytes, blobType, createBlob, createBlobOf, createFileOf, fileInfo, normalizedType, renamedFile,
} from './blob.js';
export { Pieces, concatBytes } from './parts.js';
export { blobContent, isBlob } from './registry.js';
export { streamOf } from './stream.js';

export const globals = { Blob, File };

import { Blob, File } from './blob.js';

export {
  Blob, File, Pieces, blobBytes, blobContent, blobType, createBlob, createBlobOf, createFileOf, fileInfo, isBlob, normalizedType, renamedFile,
} from './blob.js';
export { concatBytes, joinedBytes, ownBytes as ownPieces } from './parts.js';
export { stepsOf, streamOf } from './stream.js';

export const globals = { Blob, File };

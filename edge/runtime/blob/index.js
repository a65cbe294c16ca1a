import { Blob, File } from './blob.js';

export {
  Blob, File, blobBytes, blobType, concatBytes, createBlob, createFile, fileInfo, isBlob, streamOf,
} from './blob.js';

export const globals = { Blob, File };

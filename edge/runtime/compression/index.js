// CompressionStream and DecompressionStream: https://compression.spec.whatwg.org/

import { CompressionStream, DecompressionStream } from './streams.js';

export const globals = { CompressionStream, DecompressionStream };

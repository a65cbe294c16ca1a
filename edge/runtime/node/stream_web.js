// node:stream/web: https://nodejs.org/api/webstreams.html

import { globals as compression } from '../compression/index.js';
import { globals as encoding } from '../encoding/index.js';
import { globals as streams } from '../streams/globals.js';

const { TextDecoderStream, TextEncoderStream } = encoding;

export default { ...streams, ...compression, TextDecoderStream, TextEncoderStream };

import { TextDecoder } from './text_decoder.js';
import { TextEncoder } from './text_encoder.js';
import { TextDecoderStream, TextEncoderStream } from './text_streams.js';

export { TextDecoder, utf8Text } from './text_decoder.js';
export { TextEncoder } from './text_encoder.js';
export { decodeUtf8, encodeUtf8, encodeUtf8Into, latin1Of, utf8Length } from './utf8.js';

export const globals = { TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream };

// Node's streams as a package: https://github.com/nodejs/readable-stream

import makeStream from 'commonjs:readable-stream/lib/stream.js';
import { AbortController, AbortSignal } from '../../../abort/index.js';
import buffer from '../../buffer.js';
import events from '../../events.js';
import process from '../../process.js';
import decoder from '../../string_decoder.js';
import { streamsLoaded } from './late.js';

const modules = {
  __proto__: null,
  'abort-controller': { AbortController, AbortSignal },
  buffer,
  events,
  'process/': process,
  'string_decoder/': decoder,
};

export const Stream = makeStream((name) => modules[name]);
streamsLoaded(Stream);

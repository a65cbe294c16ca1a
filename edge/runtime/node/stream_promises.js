// node:stream/promises: https://nodejs.org/api/stream.html#streams-promises-api

import Stream from './stream.js';

export default Stream.promises;

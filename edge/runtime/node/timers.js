// node:timers: https://nodejs.org/api/timers.html

import { globals } from '../timers/index.js';
import promises from './timers_promises.js';

export default { ...globals, promises };

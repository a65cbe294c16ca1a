// node:constants, which is deprecated: the constants of other modules together.  https://nodejs.org/api/deprecations.html#DEP0008

import { ObjectAssign } from '../bootstrap/primordials.js';
import { loadBuiltin } from '../bootstrap/modules.js';

const { constants } = loadBuiltin('os');

export default ObjectAssign({}, constants.dlopen, constants.errno, constants.priority, constants.signals, loadBuiltin('fs').constants, loadBuiltin('crypto').constants);

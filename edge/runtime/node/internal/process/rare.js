// What hardly anybody asks process for: made when somebody does.

import { SafeSet } from '../../../bootstrap/primordials.js';
import { Stream } from '../stream/package.js';

/** There is nothing to read. */
export function createInput() {
  const input = new Stream.Readable({ read() { this.push(null); } });
  input.fd = 0;
  input.isTTY = false;
  return input;
}

const ZERO = ['fsRead', 'fsWrite', 'involuntaryContextSwitches', 'ipcReceived', 'ipcSent', 'majorPageFault', 'minorPageFault', 'sharedMemorySize', 'signalsCount', 'swappedOut', 'systemCPUTime',
  'unsharedDataSize', 'unsharedStackSize', 'userCPUTime', 'voluntaryContextSwitches'];

/** An isolate cannot measure itself: only its limit is known. */
export function resourceUsage(memory) {
  const usage = { maxRSS: memory / 1024 };
  for (let i = 0; i < ZERO.length; i++) usage[ZERO[i]] = 0;
  return usage;
}

/** No flag of Node can be given. */
export const flags = () => new SafeSet();

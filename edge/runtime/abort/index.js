import { AbortController } from './abort_controller.js';
import { AbortSignal } from './abort_signal.js';

export { AbortController, createAbortController } from './abort_controller.js';
export {
  AbortSignal, abortReason, createSignal, dependentSignal, isAbortSignal, isAborted, onAbort, signalAbort,
} from './abort_signal.js';

export const globals = { AbortController, AbortSignal };

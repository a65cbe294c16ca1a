import { FixedLengthStream, IdentityTransformStream } from './identity_streams.js';
import { scheduler } from './scheduler.js';

export const globals = { FixedLengthStream, IdentityTransformStream, scheduler };

import { FixedLengthStream, IdentityTransformStream } from '../streams/identity.js';
import { scheduler } from './scheduler.js';

export const globals = { FixedLengthStream, IdentityTransformStream, scheduler };

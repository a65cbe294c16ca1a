import { nameFunctions } from '../webidl/index.js';
import { fetch } from './fetch.js';
import { Headers } from './headers.js';
import { Request } from './request.js';
import { Response } from './response.js';

export { Body } from './body.js';
export { fetch } from './fetch.js';
export { Headers } from './headers.js';
export { Request, RequestState, createRequest, requestState } from './request.js';
export { Response, responseState } from './response.js';

nameFunctions({ fetch });

export const globals = { Headers, Request, Response, fetch };

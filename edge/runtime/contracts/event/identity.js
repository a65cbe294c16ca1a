// What a function is called in Lambda's words, for the context and for the environment.

import { Date, DatePrototypeToISOString, StringPrototypeReplaceAll, StringPrototypeSlice } from '../../bootstrap/primordials.js';
import { now } from '../../bootstrap/host.js';

/** Where the function says that it is when its `env` says nothing: software development kits refuse a region that is none. */
export const REGION = 'us-east-1';
export const LATEST = '$LATEST';
export const ACCOUNT = '000000000000';

export const arnOf = (name, region) => `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;

export const logGroup = (name) => `/aws/lambda/${name}`;

/** Like 2026/11/30/[VERSION]REQUEST: here every request has a process of its own, as it were. */
export function logStream(version, requestId) {
  const day = StringPrototypeReplaceAll(StringPrototypeSlice(DatePrototypeToISOString(new Date(now())), 0, 10), '-', '/');
  return `${day}/[${version || LATEST}]${requestId}`;
}

// The variables that every function finds in process.env, whatever its contract: those of Lambda's runtime and of Hexabase's.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
// The function's own variables of the same names win.  docs/reference/runtime.md has the table.

import {
  NumberPrototypeToString,
  ObjectDefineProperty,
  ObjectKeys,
  RegExpPrototypeExec,
  StringPrototypeLastIndexOf,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
} from '../bootstrap/primordials.js';
import { getMain } from '../bootstrap/modules.js';
import { impure, isBuilding } from '../bootstrap/state.js';
import { LATEST, logGroup, logStream, REGION } from '../contracts/event/identity.js';

const MIB = 1048576;
const ROOT = '/app/';
const HEX_32 = /^[0-9a-f]{32}$/;
const TRACE = /^[!-~]{1,256}$/;

function handlerOf({ handler }) {
  if (handler) return handler;
  const main = getMain();
  const dot = StringPrototypeLastIndexOf(main, '.');
  const from = StringPrototypeStartsWith(main, ROOT) ? ROOT.length : 0;
  return `${StringPrototypeSlice(main, from, dot > StringPrototypeLastIndexOf(main, '/') ? dot : main.length)}.handler`;
}

/** X-Ray's form: what the client sent, or one made of the request's id. */
function traceOf({ request, request_id: id }) {
  const { headers = [] } = request;
  for (let i = 0; i < headers.length; i++) {
    if (headers[i][0] === 'x-amzn-trace-id' && RegExpPrototypeExec(TRACE, headers[i][1]) !== null) return headers[i][1];
  }
  const plain = StringPrototypeReplaceAll(id, '-', '');
  if (RegExpPrototypeExec(HEX_32, plain) === null) return undefined;
  return `Root=1-${StringPrototypeSlice(plain, 0, 8)}-${StringPrototypeSlice(plain, 8)};Parent=${StringPrototypeSlice(plain, 16)};Sampled=0`;
}

/** The same for every function. */
const constants = () => ({
  __proto__: null,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  LAMBDA_TASK_ROOT: '/app',
  LAMBDA_RUNTIME_DIR: '/var/runtime',
  HKS_WORKSPACE_NAME: 'default',
  LANG: 'en_US.UTF-8',
  TZ: 'UTC',
  PATH: '/usr/local/bin:/usr/bin:/bin',
});

/** By function or invocation; no snapshot may hold them. */
const others = () => ({
  __proto__: null,
  _HANDLER: handlerOf,
  _X_AMZN_TRACE_ID: traceOf,
  AWS_LAMBDA_FUNCTION_NAME: (start) => start.function,
  AWS_LAMBDA_FUNCTION_VERSION: (start) => start.version || LATEST,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: (start) => NumberPrototypeToString(start.memory / MIB),
  AWS_LAMBDA_LOG_GROUP_NAME: (start) => logGroup(start.function),
  AWS_LAMBDA_LOG_STREAM_NAME: (start) => logStream(start.version, start.request_id),
  HKS_FUNCTION_NAME: (start) => start.function,
  HKS_FUNCTION_VERSION: (start) => start.version || LATEST,
});

// While a snapshot is built there is no invocation yet: who asks has to ask again in each.
function defineLater(variables, name) {
  const get = () => {
    impure(`the variable ${name}`);
    return undefined;
  };
  ObjectDefineProperty(variables, name, { __proto__: null, get, enumerable: true, configurable: true });
}

/** The variables of the invocation that `start` begins; null: of none. */
export function createVariables(start) {
  const variables = constants();
  const makers = others();
  const names = ObjectKeys(makers);
  for (let i = 0; i < names.length; i++) {
    if (start === null) {
      if (isBuilding()) defineLater(variables, names[i]);
      continue;
    }
    const value = makers[names[i]](start);
    if (value !== undefined) variables[names[i]] = value;
  }
  return variables;
}

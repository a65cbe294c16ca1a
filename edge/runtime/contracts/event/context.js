// The context object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

import { MathFloor, MathMax, NumberPrototypeToString } from '../../bootstrap/primordials.js';
import { now } from '../../bootstrap/host.js';

const MIB = 1048576;

/**
 * The context of one invocation.  `settle(error, result)` is what the legacy `done`, `fail` and `succeed` call.
 */
export function createContext(invocation, settle) {
  const name = invocation.function;
  let env;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: invocation.version || '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: NumberPrototypeToString(invocation.memory / MIB),
    awsRequestId: invocation.requestId,
    logGroupName: `/edge/${name}`,
    logStreamName: invocation.version || '$LATEST',
    /** Milliseconds until the function's timeout. */
    getRemainingTimeInMillis: () => MathMax(0, MathFloor(invocation.deadline - now())),
    /** Keeps the invocation open for work that goes on after the response. */
    waitUntil: (promise) => invocation.waitUntil(promise),
    signal: invocation.signal,
    /** Variables, secrets, stores and services, as the web contract has them. */
    get env() {
      env ??= import('../env.js').createEnv(invocation);
      return env;
    },
    done: settle,
    fail: (error) => settle(error ?? 'handled'),
    succeed: (result) => settle(null, result),
  };
}

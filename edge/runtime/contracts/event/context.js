// The context object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

import { MathFloor, MathMax, NumberPrototypeToString } from '../../bootstrap/primordials.js';
import { now } from '../../bootstrap/host.js';
import { arnOf, LATEST, logGroup, logStream, REGION } from './identity.js';

const MIB = 1048576;

/** The context of one invocation; `answers` are the ways to answer that older handlers use: `done`, `fail` and `succeed`. */
export function createContext(invocation, { done, fail, succeed }) {
  const name = invocation.function;
  let env;
  return {
    // Whether an answer by the callback waits until nothing is under way any more; the function may set it.
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: invocation.version || LATEST,
    invokedFunctionArn: arnOf(name, invocation.env.AWS_REGION ?? REGION),
    memoryLimitInMB: NumberPrototypeToString(invocation.memory / MIB),
    awsRequestId: invocation.requestId,
    logGroupName: logGroup(name),
    logStreamName: logStream(invocation.version, invocation.requestId),
    // Of those who call through Lambda's software development kits for phones.
    clientContext: undefined,
    identity: undefined,
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
    done,
    fail,
    succeed,
  };
}

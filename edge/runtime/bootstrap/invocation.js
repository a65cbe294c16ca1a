// One invocation inside the isolate: from the start event to `done` or `fail`.

import {
  ArrayPrototypePush, MathMax, PromisePrototypeThen, PromiseResolve, SafeMap, Uint8ArrayFromBase64,
} from './primordials.js';
import { bodyFields, emit, expectReply, forgetCalls, hostCall } from './host.js';
import { BadFunction, BadResponse, describe } from './failures.js';
import { setCurrentInvocation } from './state.js';
import { findHandler } from './contract.js';
import { clearTasks } from './tasks.js';
import { clearTimers } from '../timers/index.js';
import { setEnvironment } from '../node/process_env.js';
import { CONTRACTS } from './lazy_groups.js';

const running = new SafeMap();

class Invocation {
  #background = [];
  #controller = null;
  #ended = false;

  constructor(start) {
    const { request } = start;
    this.id = start.id;
    this.function = start.function;
    this.version = start.version;
    this.requestId = start.request_id;
    this.deadline = start.deadline;
    this.memory = start.memory;
    this.env = start.env;
    this.bindings = start.bindings ?? { __proto__: null };
    this.request = {
      __proto__: null,
      method: request.method,
      url: request.url,
      path: request.path,
      query: request.query ?? '',
      basePath: request.base_path ?? '',
      headers: request.headers ?? [],
      params: request.params ?? {},
      ip: request.ip ?? '',
      ips: request.ips ?? [],
      httpVersion: request.http_version ?? '1.1',
      body: request.body ? Uint8ArrayFromBase64(request.body) : null,
      more: request.more ?? false,
    };
  }

  get signal() {
    this.#controller ??= import('../abort/index.js').createAbortController();
    return this.#controller.signal;
  }

  abort(reason) {
    this.#controller?.abort(reason);
  }

  remainingTime() {
    return MathMax(0, this.deadline - Date.now());
  }

  head(status, headers, body, end = false) {
    this.#ended ||= end;
    const effect = { __proto__: null, t: 'head', id: this.id, status, headers };
    if (end) effect.end = true;
    emit(bodyFields(effect, body));
  }

  write(chunk) {
    const { call, promise } = expectReply();
    emit(bodyFields({ __proto__: null, t: 'chunk', id: this.id, ack: call }, chunk));
    return promise;
  }

  end() {
    if (this.#ended) return;
    this.#ended = true;
    emit({ __proto__: null, t: 'end', id: this.id });
  }

  async read() {
    if (!this.request.more) return null;
    const { value, data } = await hostCall('request.read');
    if (value) this.request.more = false;
    return data ?? null;
  }

  waitUntil(promise) {
    ArrayPrototypePush(this.#background, PromiseResolve(promise));
  }

  async settleBackground() {
    for (let i = 0; i < this.#background.length; i++) {
      try {
        await this.#background[i];
      } catch (error) {
        const { name, message, stack } = describe(error);
        emit({ __proto__: null, t: 'log', id: this.id, level: 'error', text: `waitUntil: ${stack || `${name}: ${message}`}` });
      }
    }
  }
}

// `instanceof` may run a trap of what was thrown.
function kindOf(error) {
  try {
    if (error instanceof BadFunction) return 'bad_function';
    return error instanceof BadResponse ? 'bad_response' : 'exception';
  } catch {
    return 'exception';
  }
}

function fail(invocation, error) {
  if (!running.delete(invocation.id)) return;
  const { name, message, stack } = describe(error);
  emit({ __proto__: null, t: 'fail', id: invocation.id, kind: kindOf(error), name, message, stack });
  finish();
}

function finish() {
  clearTimers();
  clearTasks();
  forgetCalls();
  setCurrentInvocation(null);
}

async function run(invocation, start) {
  const found = findHandler(start.contract, start.handler);
  await CONTRACTS[found.contract]().run(found.value, invocation);
  invocation.end();
  await invocation.settleBackground();
}

/** Begin an invocation: the task of a start event. */
export function begin(start) {
  const invocation = new Invocation(start);
  running.set(invocation.id, invocation);
  setCurrentInvocation(invocation);
  setEnvironment(start.env);
  PromisePrototypeThen(
    run(invocation, start),
    () => {
      if (!running.delete(invocation.id)) return;
      emit({ __proto__: null, t: 'done', id: invocation.id });
      finish();
    },
    (error) => fail(invocation, error),
  );
}

/** Forget every invocation. */
export function resetInvocations() {
  running.clear();
  finish();
}

/** An error that nothing caught: it fails the invocation that runs. */
export function failAll(error) {
  running.forEach((invocation) => fail(invocation, error));
}

/** The client left. */
export function cancel(id, reason) {
  running.get(id)?.abort(reason);
}

// Calls of an invocation about its sockets: in order, and those that are made in one go together.

import {
  ArrayPrototypePush, Error, Promise, PromisePrototypeThen, PromiseResolve, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  Uint8Array,
} from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { contextInvocation, impure } from '../bootstrap/state.js';

const ignore = () => {};
const MAX_BATCH = 1000;
const queueOf = invocationLocal(() => ({ __proto__: null, waiting: new SafeArray(), flushing: false }));

function joined(batch) {
  let size = 0;
  for (let i = 0; i < batch.length; i++) if (batch[i].data !== undefined) size += TypedArrayPrototypeGetLength(batch[i].data);
  if (size === 0) return undefined;
  const all = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < batch.length; i++) {
    if (batch[i].data === undefined) continue;
    TypedArrayPrototypeSet(all, batch[i].data, at);
    at += TypedArrayPrototypeGetLength(batch[i].data);
  }
  return all;
}

function settle(batch, results) {
  for (let i = 0; i < batch.length; i++) {
    const failure = results[i];
    if (failure === null) batch[i].resolve();
    else batch[i].reject(new Error(failure));
  }
}

function flush(queue, owner) {
  const batch = new SafeArray();
  const rest = new SafeArray();
  for (let i = 0; i < queue.waiting.length; i++) SafeArrayPush(i < MAX_BATCH ? batch : rest, queue.waiting[i]);
  queue.waiting = rest;
  if (batch.length === 0) {
    queue.flushing = false;
    return undefined;
  }
  const calls = [];
  for (let i = 0; i < batch.length; i++) ArrayPrototypePush(calls, [batch[i].op, batch[i].args]);
  const failed = (error) => {
    for (let i = 0; i < batch.length; i++) batch[i].reject(error);
  };
  return PromisePrototypeThen(PromisePrototypeThen(hostCall('realtime.do', { __proto__: null, calls }, joined(batch), owner), ({ value }) => settle(batch, value), failed), () => flush(queue, owner));
}

/** One call; its promise rejects when the host refuses it.  The invocation is not over before. */
export function call(op, args, data) {
  impure('a RealtimeNamespace');
  const queue = queueOf();
  const owner = contextInvocation();
  const promise = new Promise((resolve, reject) => SafeArrayPush(queue.waiting, { __proto__: null, op, args, data, resolve, reject }));
  owner?.hold(PromisePrototypeThen(promise, ignore, ignore));
  if (!queue.flushing) {
    queue.flushing = true;
    PromisePrototypeThen(PromiseResolve(), () => flush(queue, owner));
  }
  return promise;
}

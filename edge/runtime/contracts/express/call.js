// Calling handlers of a router.

import { ArrayPrototypeFlat, PromisePrototypeThen, ReflectApply, TypeError } from '../../bootstrap/primordials.js';
import { promiseOf } from '../../bootstrap/promise_of.js';

const ERROR_ARITY = 4;

/** All handlers of nested arrays. */
export function flatten(handlers, what) {
  const all = ArrayPrototypeFlat(handlers, Infinity);
  if (all.length === 0) throw new TypeError(`${what} requires a handler`);
  for (let i = 0; i < all.length; i++) {
    if (typeof all[i] !== 'function') throw new TypeError(`${what} requires functions; handler ${i + 1} is ${all[i] === null ? 'null' : typeof all[i]}`);
  }
  return all;
}

/** Calls a handler; what it throws, or its promise rejects with, goes to next. */
export function call(handler, args, next) {
  let result;
  try {
    result = ReflectApply(handler, undefined, args);
  } catch (error) {
    next(error ?? new TypeError('a handler threw nothing'));
    return;
  }
  const promise = promiseOf(result);
  if (promise !== null) PromisePrototypeThen(promise, undefined, (error) => next(error ?? new TypeError('a handler rejected without a reason')));
}

export function runHandler(handler, error, req, res, next) {
  const wantsError = handler.length === ERROR_ARITY;
  if (error !== undefined) {
    if (wantsError) call(handler, [error, req, res, next], next);
    else next(error);
  } else if (wantsError) next();
  else call(handler, [req, res, next], next);
}

export const isReal = (error) => error !== undefined && error !== null && error !== 'route' && error !== 'router';

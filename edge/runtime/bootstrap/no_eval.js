// For functions with `eval = false`: what makes code of text throws instead.  The constructors of functions are reachable from
// every function, so their places in the prototypes are taken too; `instanceof Function` and the like still hold.
// https://tc39.es/ecma262/#sec-function-constructor, https://tc39.es/ecma262/#sec-hostensurecancompilestrings

import { EvalError, ObjectDefineProperty, ObjectGetPrototypeOf, ObjectSetPrototypeOf } from './primordials.js';

let forbidden = false;

/** Whether code can no longer be made of text. */
export const isEvalForbidden = () => forbidden;

export function evalError() {
  return new EvalError('Code generation from strings is disallowed for this function (eval = false)');
}

const PROTOTYPES = [
  ObjectGetPrototypeOf(() => {}), ObjectGetPrototypeOf(async () => {}), ObjectGetPrototypeOf(function* generator() {}), ObjectGetPrototypeOf(async function* generator() {}),
];

function throwing(name, prototype, parent) {
  const replacement = { [name]: function replacement() { throw evalError(); } }[name];
  ObjectDefineProperty(replacement, 'name', { __proto__: null, value: name, configurable: true });
  ObjectDefineProperty(replacement, 'length', { __proto__: null, value: 1, configurable: true });
  ObjectDefineProperty(replacement, 'prototype', { __proto__: null, value: prototype, writable: false, enumerable: false, configurable: false });
  ObjectDefineProperty(prototype, 'constructor', { __proto__: null, value: replacement, writable: parent === null, enumerable: false, configurable: true });
  return parent === null ? replacement : ObjectSetPrototypeOf(replacement, parent);
}

/** Forbid it from now on: the globals that take the place of V8's. */
export function replacements() {
  forbidden = true;
  const Function = throwing('Function', PROTOTYPES[0], null);
  for (let i = 1; i < PROTOTYPES.length; i++) throwing(PROTOTYPES[i].constructor.name, PROTOTYPES[i], Function);
  // Not a constructor, as V8's.
  const { eval: replacedEval } = { eval(code) { if (typeof code !== 'string') return code; throw evalError(); } };
  return { __proto__: null, Function, eval: replacedEval };
}

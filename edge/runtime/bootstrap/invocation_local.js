// State that each invocation has for itself, where a module has one variable for all.

import { SafeMap } from './primordials.js';
import { currentInvocation, impure } from './state.js';

/** A function that gives the running invocation's own value, which `make` makes when it is wanted first. */
export function invocationLocal(make) {
  return () => {
    const invocation = currentInvocation();
    if (invocation === null) {
      impure('state of an invocation');
      return make();
    }
    invocation.locals ??= new SafeMap();
    let value = invocation.locals.get(make);
    if (value === undefined) invocation.locals.set(make, (value = make()));
    return value;
  };
}

// While a package's snapshot is built: one object for each of its regular expressions, where V8 finds it early.
//
// Regular expressions of the same pattern and flags share what V8 has made of them, and V8 cannot write a snapshot when it meets
// the first of them at the very depth where it puts objects off (Check failed: !serializer_->SerializePendingObject).  It
// begins with the functions of the language: what one of them holds is written before anything of the package.

import { ArrayPrototypePush, Function, RegExp } from './primordials.js';

class Returned {
  constructor(object) {
    return object;
  }
}

// A private field on somebody else's object: no code can see it.
class Holder extends Returned {
  // eslint-disable-next-line no-unused-private-class-members -- V8 reads it
  #held;

  constructor(object, held) {
    super(object);
    this.#held = held;
  }
}

/** To be called before and after the top level of a package: V8 forgets what it has made of an expression by and by. */
export function createAnchors(expressions) {
  const anchors = [];
  new Holder(Function, anchors);
  return () => {
    for (let i = 0; i < expressions.length; i++) {
      try {
        ArrayPrototypePush(anchors, new RegExp(expressions[i][0], expressions[i][1]));
      } catch {
        // Not one: the lexer has taken a division for it.
      }
    }
  };
}

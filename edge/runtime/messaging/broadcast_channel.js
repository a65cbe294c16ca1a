// BroadcastChannel, between the code of one isolate: https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts

import { MapPrototypeForEach, MathMax, ObjectFreeze, SafeArray, SafeArrayPush, SafeMap, TypeError } from '../bootstrap/primordials.js';
import { contextInvocation, impure } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';
import { DOMException, EventTarget, dispatch } from '../events/index.js';
import { createMessageEvent } from '../events/message_event.js';
import { baseOrigin } from '../fetch/base_url.js';
import { cloneValue } from '../structured_clone/index.js';
import { defineInterface, isObject, requireArguments, toDOMString } from '../webidl/index.js';
import { maker } from './end.js';
import { defineHandlers } from './handlers.js';

// name -> states of the open channels, in the order in which they were made
let open = null;
// How many names there may be before those are looked for that nobody needs any more.
let roomy = 16;

let stateOf;

export class BroadcastChannel extends EventTarget {
  #state;

  static {
    stateOf = (channel) => {
      if (!isObject(channel) || !(#state in channel)) throw new TypeError('Illegal invocation: not a BroadcastChannel');
      return channel.#state;
    };
  }

  constructor(name) {
    requireArguments(arguments.length, 1, "Failed to construct 'BroadcastChannel'");
    super();
    const state = { __proto__: null, channel: this, name: toDOMString(name), owner: maker(), closed: false, handlers: { __proto__: null } };
    this.#state = state;
    join(state);
  }

  get name() { return stateOf(this).name; }

  postMessage(message) {
    const state = stateOf(this);
    requireArguments(arguments.length, 1, 'BroadcastChannel.postMessage');
    if (state.closed) throw new DOMException('The channel is closed.', 'InvalidStateError');
    impure('a message');
    send(state, cloneValue(message));
  }

  close() {
    const state = stateOf(this);
    state.closed = true;
    present(state.name);
  }
}
defineHandlers(BroadcastChannel, (channel) => stateOf(channel).handlers);
defineInterface(BroadcastChannel, 'BroadcastChannel');

const isGone = ({ closed, owner }) => closed || (owner !== null && owner.over);

// The channels of a name, without those that were closed or whose invocations have ended.
function present(name) {
  const all = open?.get(name);
  const left = new SafeArray();
  if (all === undefined) return left;
  for (let i = 0; i < all.length; i++) if (!isGone(all[i])) SafeArrayPush(left, all[i]);
  if (left.length === 0) open.delete(name);
  else open.set(name, left);
  return left;
}

// Invocations end without closing their channels.
function sweep() {
  MapPrototypeForEach(open, (_, name) => present(name));
  roomy = MathMax(16, 2 * open.size);
}

function join(state) {
  open ??= new SafeMap();
  if (open.size >= roomy) sweep();
  const others = present(state.name);
  SafeArrayPush(others, state);
  open.set(state.name, others);
}

function send(from, message) {
  const targets = present(from.name);
  let copy = message;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i];
    if (target === from) continue;
    const data = copy;
    // Each gets a copy of its own; the copy of a copy runs no code of the user's.
    copy = cloneValue(message);
    queueTask(() => deliver(target, data), target.owner ?? contextInvocation());
  }
}

function deliver(target, data) {
  if (!target.closed) dispatch(target.channel, createMessageEvent('message', data, ObjectFreeze([]), baseOrigin() ?? ''));
}

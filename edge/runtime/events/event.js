// Event and CustomEvent: https://dom.spec.whatwg.org/#interface-event

import { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, TypeError } from '../bootstrap/primordials.js';
import { isBuilding } from '../bootstrap/state.js';
import { sinceOrigin } from '../bootstrap/time_origin.js';
import { defineConstants, defineInterface, isObject, requireArguments, toDictionary, toDOMString } from '../webidl/index.js';

const PHASES = { __proto__: null, NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

// [LegacyUnforgeable]: an own property of each event, with one getter for all.
const isTrusted = ReflectGetOwnPropertyDescriptor({ get isTrusted() { return stateOf(this).trusted; } }, 'isTrusted').get;

let stateOf;
let setState;
let hasState;

export class Event {
  #state;

  static {
    stateOf = (event) => event.#state;
    setState = (event, state) => { event.#state = state; };
    hasState = (value) => isObject(value) && #state in value;
  }

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'Event'");
    const name = toDOMString(type);
    const options = toDictionary(init, 'The event init');
    setState(this, {
      __proto__: null,
      type: name,
      bubbles: !!options.bubbles,
      cancelable: !!options.cancelable,
      composed: !!options.composed,
      // Creating an event while a snapshot is built is no reason to give the snapshot up.
      time: isBuilding() ? 0 : sinceOrigin(),
      target: null,
      phase: 0,
      dispatching: false,
      stopped: false,
      stoppedNow: false,
      canceled: false,
      passive: false,
      trusted: false,
    });
    ObjectDefineProperty(this, 'isTrusted', { __proto__: null, get: isTrusted, enumerable: true });
  }

  get type() { return this.#state.type; }
  get target() { return this.#state.target; }
  get srcElement() { return this.#state.target; }
  get currentTarget() { return this.#state.dispatching ? this.#state.target : null; }
  get eventPhase() { return this.#state.phase; }
  get bubbles() { return this.#state.bubbles; }
  get cancelable() { return this.#state.cancelable; }
  get composed() { return this.#state.composed; }
  get defaultPrevented() { return this.#state.canceled; }
  get timeStamp() { return this.#state.time; }
  get returnValue() { return !this.#state.canceled; }
  set returnValue(value) {
    const state = this.#state;
    if (!value) cancel(state);
  }
  get cancelBubble() { return this.#state.stopped; }
  set cancelBubble(value) {
    const state = this.#state;
    if (value) state.stopped = true;
  }

  composedPath() { return this.#state.dispatching ? [this.#state.target] : []; }
  stopPropagation() { this.#state.stopped = true; }

  stopImmediatePropagation() {
    this.#state.stopped = true;
    this.#state.stoppedNow = true;
  }

  preventDefault() { cancel(this.#state); }

  initEvent(type, bubbles = false, cancelable = false) {
    requireArguments(arguments.length, 1, 'Event.initEvent');
    const name = toDOMString(type);
    if (!this.#state.dispatching) initialise(this, name, bubbles, cancelable);
  }
}
defineInterface(Event, 'Event');
defineConstants(Event, PHASES);

function cancel(state) {
  if (state.cancelable && !state.passive) state.canceled = true;
}

/** https://dom.spec.whatwg.org/#concept-event-initialize */
export function initialise(event, type, bubbles, cancelable) {
  const state = stateOf(event);
  state.type = type;
  state.bubbles = !!bubbles;
  state.cancelable = !!cancelable;
  state.stopped = state.stoppedNow = state.canceled = state.trusted = false;
  state.target = null;
}

/** The internal state of an event; a TypeError for anything else. */
export function eventState(event) {
  if (!hasState(event)) throw new TypeError('The event is not an Event.');
  return stateOf(event);
}

/** Marks an event as one that the runtime itself fires; gives it back. */
export function trusted(event) {
  stateOf(event).trusted = true;
  return event;
}

/** An event that the runtime itself fires. */
export function trustedEvent(type) {
  return trusted(new Event(type));
}

/** Whether the members of an event must stay as they are. */
export function isDispatching(event) {
  return stateOf(event).dispatching;
}

export class CustomEvent extends Event {
  #detail;

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'CustomEvent'");
    super(type, init);
    const detail = init === undefined || init === null ? undefined : init.detail;
    this.#detail = detail === undefined ? null : detail;
  }

  get detail() { return this.#detail; }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    requireArguments(arguments.length, 1, 'CustomEvent.initCustomEvent');
    const name = toDOMString(type);
    if (stateOf(this).dispatching) return;
    initialise(this, name, bubbles, cancelable);
    this.#detail = detail;
  }
}
defineInterface(CustomEvent, 'CustomEvent');

// node:diagnostics_channel: https://nodejs.org/api/diagnostics_channel.html
// Channels belong to the isolate; an error of a subscriber is reported and does not reach the publisher.

import { ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSplice, MapPrototypeForEach, PromisePrototypeThen, PromiseReject, ReflectApply, SafeMap } from '../bootstrap/primordials.js';
import { reportException } from '../events/index.js';
import { invalidArgType, validateFunction } from './internal/errors.js';

const channels = new SafeMap();
const TRACED = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

class Channel {
  #subscribers = [];
  #stores = new SafeMap();

  constructor(name) {
    this.name = name;
  }

  get hasSubscribers() { return this.#subscribers.length > 0 || this.#stores.size > 0; }

  subscribe(subscriber) {
    validateFunction(subscriber, 'subscription');
    ArrayPrototypePush(this.#subscribers, subscriber);
  }

  unsubscribe(subscriber) {
    for (let i = 0; i < this.#subscribers.length; i++) {
      if (this.#subscribers[i] !== subscriber) continue;
      ArrayPrototypeSplice(this.#subscribers, i, 1);
      return true;
    }
    return false;
  }

  bindStore(store, transform = undefined) { this.#stores.set(store, transform); }
  unbindStore(store) { return this.#stores.delete(store); }

  publish(message) {
    const subscribers = ArrayPrototypeSlice(this.#subscribers);
    for (let i = 0; i < subscribers.length; i++) {
      try {
        ReflectApply(subscribers[i], undefined, [message, this.name]);
      } catch (error) {
        reportException(error);
      }
    }
  }

  runStores(message, callback, receiver, ...args) {
    let run = () => {
      this.publish(message);
      return ReflectApply(callback, receiver, args);
    };
    MapPrototypeForEach(this.#stores, (transform, store) => {
      const inner = run;
      run = () => store.run(transform === undefined ? message : transform(message), inner);
    });
    return run();
  }
}

function channel(name) {
  if (typeof name !== 'string' && typeof name !== 'symbol') throw invalidArgType('channel', ['string', 'symbol'], name);
  let found = channels.get(name);
  if (found === undefined) channels.set(name, (found = new Channel(name)));
  return found;
}

class TracingChannel {
  constructor(names) {
    for (let i = 0; i < TRACED.length; i++) {
      const event = TRACED[i];
      this[event] = typeof names === 'string' ? channel(`tracing:${names}:${event}`) : names[event];
      if (!(this[event] instanceof Channel)) throw invalidArgType(`nameOrChannels.${event}`, 'Channel', this[event]);
    }
  }

  get hasSubscribers() {
    for (let i = 0; i < TRACED.length; i++) if (this[TRACED[i]].hasSubscribers) return true;
    return false;
  }

  subscribe(handlers) {
    for (let i = 0; i < TRACED.length; i++) if (handlers[TRACED[i]] !== undefined) this[TRACED[i]].subscribe(handlers[TRACED[i]]);
  }

  unsubscribe(handlers) {
    let all = true;
    for (let i = 0; i < TRACED.length; i++) if (handlers[TRACED[i]] !== undefined && !this[TRACED[i]].unsubscribe(handlers[TRACED[i]])) all = false;
    return all;
  }

  traceSync(callback, context = {}, receiver = undefined, ...args) {
    return this.start.runStores(context, () => this.#watched(context, () => ReflectApply(callback, receiver, args)));
  }

  tracePromise(callback, context = {}, receiver = undefined, ...args) {
    const settled = (name, value) => {
      context[name] = value;
      if (name === 'error') this.error.publish(context);
      this.asyncStart.publish(context);
      this.asyncEnd.publish(context);
    };
    return this.start.runStores(context, () => {
      const promise = this.#watched(context, () => ReflectApply(callback, receiver, args));
      return PromisePrototypeThen(
        promise,
        (result) => {
          settled('result', result);
          return result;
        },
        (error) => {
          settled('error', error);
          return PromiseReject(error);
        },
      );
    });
  }

  traceCallback(callback, position = -1, context = {}, receiver = undefined, ...args) {
    const at = position < 0 ? args.length + position : position;
    const last = args[at];
    validateFunction(last, 'callback');
    const tracing = this;
    args[at] = function (error, result) {
      if (error) {
        context.error = error;
        tracing.error.publish(context);
      } else context.result = result;
      return tracing.asyncStart.runStores(context, () => {
        try {
          return ReflectApply(last, this, arguments);
        } finally {
          tracing.asyncEnd.publish(context);
        }
      });
    };
    return this.start.runStores(context, () => this.#watched(context, () => ReflectApply(callback, receiver, args)));
  }

  #watched(context, run) {
    try {
      const result = run();
      context.result ??= result;
      return result;
    } catch (error) {
      context.error = error;
      this.error.publish(context);
      throw error;
    } finally {
      this.end.publish(context);
    }
  }
}

export default {
  Channel,
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe: (name, subscriber) => channel(name).subscribe(subscriber),
  unsubscribe: (name, subscriber) => channel(name).unsubscribe(subscriber),
  tracingChannel: (names) => new TracingChannel(names),
};

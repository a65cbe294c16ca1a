// EventEmitterAsyncResource: what listeners start belongs to the resource of the emitter.

import { ArrayPrototypeConcat, ReflectApply } from '../../bootstrap/primordials.js';
import asyncHooks from '../async_hooks.js';
import { EventEmitter } from './emitter.js';
import { validateString } from './errors.js';

class EmitterResource extends asyncHooks.AsyncResource {
  #emitter;

  constructor(type, options, emitter) {
    super(type, options);
    this.#emitter = emitter;
  }

  get eventEmitter() { return this.#emitter; }
}

export class EventEmitterAsyncResource extends EventEmitter {
  #resource;

  constructor(options = undefined) {
    let name;
    let given = options;
    if (typeof options === 'string') {
      name = options;
      given = undefined;
    } else {
      if (new.target === EventEmitterAsyncResource) validateString(options?.name, 'options.name');
      name = options?.name || new.target.name;
    }
    super(given);
    this.#resource = new EmitterResource(name, given, this);
  }

  emit(event, ...args) {
    const resource = this.#resource;
    return ReflectApply(resource.runInAsyncScope, resource, ArrayPrototypeConcat([super.emit, this, event], args));
  }

  emitDestroy() { this.#resource.emitDestroy(); }
  get asyncId() { return this.#resource.asyncId(); }
  get triggerAsyncId() { return this.#resource.triggerAsyncId(); }
  get asyncResource() { return this.#resource; }
}

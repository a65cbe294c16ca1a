// ReadableByteStreamController and ReadableStreamBYOBRequest: https://streams.spec.whatwg.org/#rbs-controller-class

import { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeGetDetached, RangeError, TypeError, Uint8Array } from '../bootstrap/primordials.js';
import { defineInterface, illegalConstructor, requireArguments, toIntegerInRange } from '../webidl/index.js';
import { ByteController } from './byte_controller.js';
import { sourceSteps } from './default_controller.js';
import { INTERNAL } from './internal.js';
import { startSteps } from './promises.js';
import { highWaterMarkOf } from './strategies.js';
import { bufferOf, fixedView, sizeOf } from './views.js';

export class ReadableStreamBYOBRequest {
  #inner;

  constructor(token = undefined, inner = undefined) {
    if (token !== INTERNAL) illegalConstructor();
    this.#inner = inner;
  }

  get view() { return this.#inner.view; }

  respond(bytesWritten) {
    const inner = this.#inner;
    requireArguments(arguments.length, 1, 'ReadableStreamBYOBRequest.respond');
    const count = toIntegerInRange(bytesWritten, 0, 2 ** 53 - 1, 'bytesWritten');
    requireOpen(inner);
    inner.controller.respond(count);
  }

  respondWithNewView(view) {
    const inner = this.#inner;
    requireArguments(arguments.length, 1, 'ReadableStreamBYOBRequest.respondWithNewView');
    fixedView(view, 'The view');
    if (inner.controller === null) throw new TypeError('This request has been answered');
    if (ArrayBufferPrototypeGetDetached(bufferOf(view))) throw new TypeError('The buffer of the view is detached');
    inner.controller.respondWithNewView(view);
  }
}
defineInterface(ReadableStreamBYOBRequest, 'ReadableStreamBYOBRequest');

function requireOpen(request) {
  if (request.controller === null) throw new TypeError('This request has been answered');
  if (ArrayBufferPrototypeGetDetached(bufferOf(request.view))) throw new TypeError('The buffer of the view is detached');
}

export class ReadableByteStreamController {
  #inner;

  constructor(token = undefined, inner = undefined) {
    if (token !== INTERNAL) illegalConstructor();
    this.#inner = inner;
  }

  get byobRequest() {
    const request = requestOf(this.#inner);
    return request === null ? null : (request.object ??= new ReadableStreamBYOBRequest(INTERNAL, request));
  }

  get desiredSize() { return this.#inner.desiredSize; }

  close() {
    const inner = this.#inner;
    if (inner.closeRequested || inner.stream.state !== 'readable') throw new TypeError('The stream cannot be closed: it is closed, errored or about to close already');
    inner.close();
  }

  enqueue(chunk) {
    const inner = this.#inner;
    requireArguments(arguments.length, 1, 'ReadableByteStreamController.enqueue');
    fixedView(chunk, 'The chunk');
    if (sizeOf(chunk) === 0 || ArrayBufferPrototypeGetByteLength(bufferOf(chunk)) === 0) throw new TypeError('The chunk has no bytes');
    if (inner.closeRequested || inner.stream.state !== 'readable') throw new TypeError('The stream takes no more chunks: it is closed, errored or about to close');
    inner.enqueue(chunk);
  }

  error(reason = undefined) { this.#inner.error(reason); }
}
defineInterface(ReadableByteStreamController, 'ReadableByteStreamController');

/** https://streams.spec.whatwg.org/#readable-byte-stream-controller-get-byob-request: `{controller, view, object}` or null. */
export function requestOf(controller) {
  if (controller.byobRequest === null && controller.pullIntos.length > 0) {
    const { buffer, offset, filled, size } = controller.pullIntos.peek();
    controller.byobRequest = { __proto__: null, controller, view: new Uint8Array(buffer, offset + filled, size - filled), object: null };
  }
  return controller.byobRequest;
}

/** https://streams.spec.whatwg.org/#set-up-readable-byte-stream-controller-from-underlying-source */
export function setUpByteController(stream, source, members, strategy) {
  if (strategy.size !== undefined) throw new RangeError('A stream of bytes cannot have a strategy with a size');
  const highWaterMark = highWaterMarkOf(strategy, 0);
  if (members.autoAllocateChunkSize === 0) throw new TypeError('autoAllocateChunkSize must be greater than 0');
  const controller = new ByteController(stream, {
    __proto__: null,
    highWaterMark,
    autoAllocate: members.autoAllocateChunkSize,
    ...sourceSteps(source, members, () => controller.object),
  });
  controller.object = new ReadableByteStreamController(INTERNAL, controller);
  controller.start(startSteps(source, members.start, controller.object));
}

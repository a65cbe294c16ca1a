// What user code puts on prototypes neither changes what streams do among themselves, nor sees how they do it.

const seen = Object.create(null);

function note(name) {
  seen[name] = true;
}

const { then } = Promise.prototype;
const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;

function patches() {
  const found = [];
  const add = (object, what, names) => names.forEach((name) => found.push({ object, name, descriptor: { configurable: true, writable: true, value() { note(`${what}.${String(name)}`); } } }));
  for (const Class of [ReadableStream, WritableStream, TransformStream, ReadableStreamDefaultReader, WritableStreamDefaultWriter, ReadableStreamDefaultController,
    ReadableByteStreamController, TransformStreamDefaultController, WritableStreamDefaultController]) {
    add(Class.prototype, Class.name, Object.getOwnPropertyNames(Class.prototype).filter((name) => name !== 'constructor'));
  }
  add(Object.getPrototypeOf(Uint8Array.prototype), 'bytes', ['set', 'slice', 'subarray', 'constructor']);
  add(ArrayBuffer.prototype, 'buffer', ['transfer', 'slice', 'constructor']);
  add(Promise, 'Promise', ['resolve', 'reject']);
  add(Array.prototype, 'array', ['push', 'shift', 'slice', 'splice', 'forEach', Symbol.iterator]);
  found.push({ object: Promise.prototype, name: 'then', descriptor: { configurable: true, value() { note('then'); return apply(then, this, arguments); } } });
  for (const name of ['highWaterMark', 'size', 'type', 'stream', 'reader', 'promise', 'filled', 'controller', 'next', 'chunk', 'view', 'one', '0']) {
    found.push({ object: Object.prototype, name, descriptor: { configurable: true, set() { note(`set ${name}`); }, get() { return undefined; } } });
  }
  return found;
}

function patch(all) {
  for (let i = 0; i < all.length; i++) {
    all[i].before = getOwnPropertyDescriptor(all[i].object, all[i].name);
    defineProperty(all[i].object, all[i].name, all[i].descriptor);
  }
}

function restore(all) {
  for (let i = all.length - 1; i >= 0; i--) {
    if (all[i].before === undefined) deleteProperty(all[i].object, all[i].name);
    else defineProperty(all[i].object, all[i].name, all[i].before);
  }
}

test('patched methods and builtins do not disturb pipes, tees, transforms and reads', async () => {
  const bytes = new ReadableStream({ type: 'bytes', start(controller) { controller.enqueue(new Uint8Array([1, 2])); controller.close(); } });
  const source = new ReadableStream({ start(controller) { controller.enqueue('a'); controller.enqueue('b'); controller.close(); } });
  const { pipeTo, pipeThrough, tee, getReader } = ReadableStream.prototype;
  const { read } = ReadableStreamDefaultReader.prototype;
  const { readable, writable } = new TransformStream();
  let text = '';
  const sink = new WritableStream({ write(chunk) { text += chunk; } });
  const all = patches();
  const results = { __proto__: null };
  patch(all);
  try {
    const piped = apply(pipeTo, apply(pipeThrough, source, [{ readable, writable }]), [sink]);
    const branches = apply(tee, bytes, []);
    const first = apply(read, apply(getReader, branches[0], []), []);
    const second = apply(read, apply(getReader, branches[1], []), []);
    await piped;
    results.first = (await first).value;
    results.second = (await second).value;
  } finally {
    restore(all);
  }
  assert_deep_equals(Object.keys(seen), []);
  assert_equals(`${text} ${results.first.toHex()} ${results.second.toHex()}`, 'ab 0102 0102');
});

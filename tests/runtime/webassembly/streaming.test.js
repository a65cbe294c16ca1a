// (module (func (export "increment") (param i32) (result i32) local.get 0 i32.const 1 i32.add))
const INCREMENT = Uint8Array.fromHex('0061736d0100000001060160017f017f03020100070d0109696e6372656d656e7400000a09010700200041016a0b');
// (module (import "env" "value" (global i32)) (export "value" (global 0)))
const IMPORTING = Uint8Array.fromHex('0061736d01000000020e0103656e760576616c7565037f000709010576616c75650300');

function wasm(bytes, type = 'application/wasm', init = {}) {
  return new Response(bytes, { ...init, headers: type === null ? {} : { 'content-type': type } });
}

test('a response becomes a module', async () => {
  const module = await WebAssembly.compileStreaming(wasm(INCREMENT));
  assert_true(module instanceof WebAssembly.Module);
  assert_equals(new WebAssembly.Instance(module).exports.increment(41), 42);
});

test('a promise of a response becomes a module and an instance', async () => {
  const { module, instance } = await WebAssembly.instantiateStreaming(Promise.resolve(wasm(INCREMENT, 'Application/WASM')));
  assert_true(module instanceof WebAssembly.Module);
  assert_equals(instance.exports.increment(1), 2);
});

test('a body is read as it comes', async () => {
  const halves = new ReadableStream({
    start(controller) {
      controller.enqueue(INCREMENT.slice(0, 7));
      controller.enqueue(INCREMENT.slice(7));
      controller.close();
    },
  });
  const { instance } = await WebAssembly.instantiateStreaming(wasm(halves));
  assert_equals(instance.exports.increment(1), 2);
});

test('imports are given to the instance, and errors of them are those of WebAssembly', async () => {
  const { instance } = await WebAssembly.instantiateStreaming(wasm(IMPORTING), { env: { value: 7 } });
  assert_equals(instance.exports.value.value, 7);
  await assert_rejects(TypeError, WebAssembly.instantiateStreaming(wasm(IMPORTING)));
  await assert_rejects(WebAssembly.LinkError, WebAssembly.instantiateStreaming(wasm(IMPORTING), { env: { value: 'seven' } }));
  for (const imports of [null, 1, 'x']) await assert_rejects(TypeError, WebAssembly.instantiateStreaming(wasm(IMPORTING), imports));
});

for (const method of ['compileStreaming', 'instantiateStreaming']) {
  test(`${method}: only a good response of the right type is taken`, async () => {
    const refused = [
      wasm(INCREMENT, null), wasm(INCREMENT, 'text/wasm'), wasm(INCREMENT, 'application/wasm; charset=utf-8'),
      wasm(INCREMENT, undefined, { status: 404 }), Response.error(), INCREMENT, {}, undefined, null, Response.prototype,
    ];
    for (const source of refused) await assert_rejects(TypeError, WebAssembly[method](source));
    await assert_rejects(TypeError, WebAssembly[method]());
    const reason = new Error('no response');
    assert_equals(await WebAssembly[method](Promise.reject(reason)).catch((error) => error), reason);
  });

  test(`${method}: a body can be used once, and errors of it come through`, async () => {
    const response = wasm(INCREMENT);
    await WebAssembly[method](response);
    assert_true(response.bodyUsed);
    await assert_rejects(TypeError, WebAssembly[method](response));
    const failure = new Error('broken');
    const broken = new ReadableStream({ pull(controller) { controller.error(failure); } });
    assert_equals(await WebAssembly[method](wasm(broken)).catch((error) => error), failure);
  });

  test(`${method}: what is no module is a CompileError`, async () => {
    for (const body of ['', 'text', new Uint8Array(8), undefined]) await assert_rejects(WebAssembly.CompileError, WebAssembly[method](wasm(body)));
  });

  test(`${method} has the shape of the others`, () => {
    const { writable, enumerable, configurable, value } = Object.getOwnPropertyDescriptor(WebAssembly, method);
    assert_equals(`${value.name} ${value.length} ${writable} ${enumerable} ${configurable}`, `${method} 1 true true true`);
    assert_throws(TypeError, () => new value(wasm(INCREMENT)));
  });
}

test('compile() and instantiate() answer while nothing else happens', async () => {
  const module = await WebAssembly.compile(INCREMENT);
  assert_equals((await WebAssembly.instantiate(module)).exports.increment(2), 3);
  await assert_rejects(WebAssembly.CompileError, WebAssembly.compile(new Uint8Array(4)));
});

// What is put on builtins once the runtime is there does not change what it decodes.

const poison = () => { throw new Error('poisoned'); };

test('decoding needs none of the builtins that a function can reach', () => {
  const samples = [['gbk', [0x41, 0xc4, 0xe3, 0xff]], ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x46, 0x7c]], ['utf-8', [0xc3, 0xa9, 0xff]], ['utf-16le', [0x41, 0, 0, 0xd8]], ['koi8-r', [0xf0]]];
  const inputs = samples.map(([label, values]) => [new TextDecoder(label), new Uint8Array(values)]);
  const saved = [];
  const replace = (object, name) => {
    saved[saved.length] = [object, name, Object.getOwnPropertyDescriptor(object, name)];
    Object.defineProperty(object, name, { value: poison, configurable: true, writable: true });
  };
  const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
  for (const name of ['slice', 'subarray', 'set', 'map', 'join']) replace(TypedArray, name);
  for (const name of ['push', 'join', 'slice', 'map']) replace(Array.prototype, name);
  for (const name of ['charCodeAt', 'slice', 'indexOf', 'toWellFormed', 'isWellFormed']) replace(String.prototype, name);
  for (const name of ['fromCharCode', 'fromCodePoint']) replace(String, name);
  replace(RegExp.prototype, 'exec');
  replace(JSON, 'stringify');
  replace(JSON, 'parse');
  let texts;
  try {
    texts = [];
    for (let i = 0; i < inputs.length; i++) texts[i] = inputs[i][0].decode(inputs[i][1]);
  } finally {
    for (let i = saved.length - 1; i >= 0; i--) Object.defineProperty(saved[i][0], saved[i][1], saved[i][2]);
  }
  assert_deep_equals(texts, ['A你\ufffd', '日', 'é\ufffd', 'A\ufffd', 'П']);
});

test('what Object.prototype has is no option', () => {
  Object.prototype.fatal = undefined;
  Object.defineProperty(Object.prototype, 'pending', { get: poison, set: poison, configurable: true });
  Object.defineProperty(Object.prototype, 'state', { get: poison, set: poison, configurable: true });
  try {
    const decoder = new TextDecoder('shift_jis');
    if (decoder.decode(new Uint8Array([0x93]), { stream: true }) + decoder.decode(new Uint8Array([0xfa])) !== '日') throw new Error('wrong');
  } finally {
    for (const name of ['fatal', 'pending', 'state']) delete Object.prototype[name];
  }
});

const read = (method, ...rest) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader[method](...rest);
});

test('everything it makes of a blob', async () => {
  const blob = new Blob([new Uint8Array([0x68, 0x69, 0xff])], { type: 'a/b' });
  assert_equals(new Uint8Array(await read('readAsArrayBuffer', blob)).toHex(), '6869ff');
  assert_equals(await read('readAsBinaryString', blob), 'hi\xff');
  assert_equals(await read('readAsDataURL', blob), 'data:a/b;base64,aGn/');
  assert_equals(await read('readAsDataURL', new Blob([])), 'data:application/octet-stream;base64,');
  assert_equals(await read('readAsText', blob), 'hi\ufffd');
});

test('text is decoded by byte order mark, argument, type, in this order', async () => {
  const bytes = new Uint8Array([0xe9]);
  assert_equals(await read('readAsText', new Blob([bytes]), 'latin1'), 'é');
  assert_equals(await read('readAsText', new Blob([bytes], { type: 'text/plain;charset=windows-1251' })), 'й');
  assert_equals(await read('readAsText', new Blob([bytes], { type: 'text/plain;charset=windows-1251' }), 'latin1'), 'é');
  assert_equals(await read('readAsText', new Blob([bytes]), 'nothing'), '\ufffd');
  assert_equals(await read('readAsText', new Blob([new Uint8Array([0xff, 0xfe, 0x41, 0])]), 'latin1'), 'A');
});

test('events come in order, each in a task of its own, with progress', async () => {
  const reader = new FileReader();
  const seen = [];
  for (const type of ['loadstart', 'progress', 'load', 'loadend']) {
    reader.addEventListener(type, (event) => {
      seen.push(`${type} ${reader.readyState} ${reader.result === null} ${event instanceof ProgressEvent} ${event.loaded}/${event.total}`);
      Promise.resolve().then(() => seen.push('-'));
    });
  }
  reader.readAsText(new Blob(['abc']));
  assert_equals(reader.readyState, FileReader.LOADING);
  await new Promise((resolve) => reader.addEventListener('loadend', () => setTimeout(resolve)));
  assert_deep_equals(seen, ['loadstart 1 true true 0/3', '-', 'progress 1 true true 3/3', '-', 'load 2 false true 3/3', '-', 'loadend 2 false true 3/3', '-']);
});

test('one read at a time; an aborted one says so at once and nothing later', async () => {
  const reader = new FileReader();
  reader.abort();
  const seen = [];
  for (const type of ['load', 'abort', 'loadend']) reader[`on${type}`] = () => seen.push(type);
  reader.readAsText(new Blob(['x']));
  assert_throws('InvalidStateError', () => reader.readAsText(new Blob(['y'])));
  reader.abort();
  assert_deep_equals(seen, ['abort', 'loadend']);
  assert_equals(reader.result, null);
  reader.readAsText(new Blob(['z']));
  await new Promise((resolve) => { reader.onload = resolve; });
  assert_equals(reader.result, 'z');
  assert_throws(TypeError, () => reader.readAsText('x'));
});

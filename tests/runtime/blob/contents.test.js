test('a blob joins strings, buffers, views and blobs', async () => {
  const blob = new Blob(['é', new Uint8Array([65, 66]).subarray(1), new Uint8Array([67]).buffer, new Blob(['d'])], { type: 'Text/X' });
  assert_equals(blob.size, 5);
  assert_equals(blob.type, 'text/x');
  assert_equals(await blob.text(), 'éBCd');
});

test('a blob does not change with the buffers that it was made of, nor with what it gives', async () => {
  const bytes = new Uint8Array([1, 2]);
  const blob = new Blob([bytes]);
  bytes[0] = 9;
  (await blob.bytes())[1] = 9;
  assert_equals((await blob.bytes()).toHex(), '0102');
});

test('slices count from both ends and have a type of their own', async () => {
  const blob = new Blob(['abcdef'], { type: 'x/y' });
  assert_equals(await blob.slice(1, -1).text(), 'bcde');
  assert_equals(await blob.slice(-2, 100, 'p/q').text(), 'ef');
  assert_equals(blob.slice(4, 2).size, 0);
  assert_equals(blob.slice().type, '');
});

test('a stream gives the bytes in pieces', async () => {
  let size = 0;
  for await (const chunk of new Blob(['x'.repeat(200000)]).stream()) size += chunk.length;
  assert_equals(size, 200000);
});

test('a file has a name and a time', () => {
  const file = new File(['x'], 'a/b.txt', { lastModified: 5, type: 'text/plain' });
  assert_equals(`${file.name} ${file.lastModified} ${file.type} ${file.size}`, 'a/b.txt 5 text/plain 1');
  assert_throws(TypeError, () => new File(['x']));
  assert_throws(TypeError, () => new Blob('text'));
});

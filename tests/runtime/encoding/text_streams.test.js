test('text goes through encoder and decoder streams unharmed, whatever the chunks', async () => {
  const chunks = ['a\ud83d', '\ude00b', '', 'é'];
  let text = '';
  const stream = ReadableStream.from(chunks).pipeThrough(new TextEncoderStream()).pipeThrough(new TextDecoderStream());
  for await (const chunk of stream) text += chunk;
  assert_equals(text, 'a😀bé');
});

test('a fatal decoder stream errors at malformed bytes', async () => {
  const stream = ReadableStream.from([new Uint8Array([0xff])]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }));
  await assert_rejects(TypeError, async () => { for await (const chunk of stream) void chunk; });
});

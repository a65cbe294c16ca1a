test('append, set, delete and get work on lists of values', () => {
  const form = new FormData();
  form.append('a', 1);
  form.append('b', '2');
  form.append('a', '3');
  assert_equals(form.getAll('a').join(), '1,3');
  form.set('a', 'x');
  assert_equals([...form].map(String).join(' '), 'a,x b,2');
  form.delete('a');
  assert_false(form.has('a'));
  assert_equals(form.get('a'), null);
});

test('a blob becomes a file', () => {
  const form = new FormData();
  form.append('f', new Blob(['x'], { type: 't/u' }));
  form.append('g', new File(['x'], 'old', { lastModified: 3 }), 'new');
  assert_true(form.get('f') instanceof File);
  assert_equals(form.get('f').name, 'blob');
  assert_equals(form.get('f').type, 't/u');
  assert_equals(form.get('g').name, 'new');
  assert_equals(form.get('g').lastModified, 3);
  assert_throws(TypeError, () => form.append('h', 'text', 'name'));
});

test('deleting and setting keep the order of the others, however many there are', () => {
  const form = new FormData();
  for (let i = 0; i < 60000; i++) form.append(i % 3 === 0 ? 'rest' : 'many', i);
  form.append('last', 'x');
  const iterator = form.entries();
  assert_equals(iterator.next().value[1], '0');
  form.set('many', 'one');
  assert_deep_equals([...form].slice(0, 4).map(([name, value]) => `${name} ${value}`), ['rest 0', 'many one', 'rest 3', 'rest 6']);
  assert_equals(form.getAll('rest').length, 20000);
  form.delete('rest');
  assert_deep_equals([...form.keys()], ['many', 'last']);
  assert_equals(iterator.next().value[0], 'last');
  form.delete('nothing');
  form.set('new', new Blob(['y']), 'n');
  assert_equals([...form].length, 3);
});

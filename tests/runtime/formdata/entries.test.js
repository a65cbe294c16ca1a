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

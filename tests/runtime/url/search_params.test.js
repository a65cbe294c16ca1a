test('parsing and writing are each other\'s inverse for form data', () => {
  const params = new URLSearchParams('?a=1&b=%20+x&a=2&&c&=d&e=%ff');
  assert_equals(params.getAll('a').join(), '1,2');
  assert_equals(params.get('b'), '  x');
  assert_equals(params.get('c'), '');
  assert_equals(params.get('e'), '\ufffd');
  assert_equals(params.get('missing'), null);
  assert_equals(params.size, 6);
  assert_equals(new URLSearchParams([['a b', "~'()*!"]]).toString(), 'a+b=%7E%27%28%29*%21');
});

test('they are made from pairs, records and other parameters', () => {
  assert_equals(`${new URLSearchParams({ a: 1, b: 'x y' })}`, 'a=1&b=x+y');
  assert_equals(`${new URLSearchParams(new URLSearchParams('a=1'))}`, 'a=1');
  assert_equals(`${new URLSearchParams(new Map([['k', 'v']]))}`, 'k=v');
  assert_throws(TypeError, () => new URLSearchParams([['one']]));
});

test('changes write through to the URL, and back', () => {
  const url = new URL('http://h/?a=1');
  url.searchParams.append('b', 'x y');
  assert_equals(url.href, 'http://h/?a=1&b=x+y');
  url.searchParams.delete('a');
  url.searchParams.delete('b', 'other');
  assert_equals(url.search, '?b=x+y');
  url.search = '?c=3';
  assert_equals(url.searchParams.get('c'), '3');
  url.searchParams.delete('c');
  assert_equals(url.href, 'http://h/');
});

test('sort is stable and by code units', () => {
  const params = new URLSearchParams('z=1&\ufffd=2&\u{1F308}=3&z=0&a=4');
  params.sort();
  assert_equals([...params.values()].join(), '4,1,0,3,2');
});

test('iteration is live', () => {
  const params = new URLSearchParams('a=1&b=2');
  const seen = [];
  for (const [name] of params) {
    seen.push(name);
    if (name === 'a') params.append('c', '3');
  }
  assert_equals(seen.join(), 'a,b,c');
});

test('arguments that change the parameters while they are converted', () => {
  const params = new URLSearchParams('a=1&b=2');
  params.append('c', { toString() { params.delete('a'); return '3'; } });
  assert_equals(params.toString(), 'b=2&c=3');
  params.set({ toString() { params.append('d', '4'); return 'b'; } }, '5');
  assert_equals(params.toString(), 'b=5&c=3&d=4');
});

test('many parameters of one name go at once', () => {
  const params = new URLSearchParams('a=1&'.repeat(100_000) + 'b=2');
  const { search } = new URL(`https://h/?${params}`);
  assert_equals(search.length, 400_004);
  params.set('a', 'x');
  assert_equals(params.toString(), 'a=x&b=2');
  params.delete('a');
  assert_equals(params.size, 1);
});

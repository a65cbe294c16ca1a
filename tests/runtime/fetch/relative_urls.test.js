// A function has no place on the web unless it says so with a global `location`.

const withLocation = (location, run) => {
  globalThis.location = location;
  try { return run(); } finally { delete globalThis.location; }
};
const here = { href: 'https://host.example/a/b?c#d' };

test('without a location a relative URL is a TypeError that says why', () => {
  const error = assert_throws(TypeError, () => new Request('/path'));
  assert_true(error.message.includes('location.href'), error.message);
  assert_throws(TypeError, () => Response.redirect('/path'));
  return assert_rejects(TypeError, fetch('path'));
});

test('with a location requests and redirects are resolved against it', () => {
  withLocation(here, () => {
    assert_equals(new Request('x').url, 'https://host.example/a/x');
    assert_equals(new Request('').url, 'https://host.example/a/b?c');
    assert_equals(new Request('//other.example').url, 'https://other.example/');
    assert_equals(Response.redirect('/x', 301).headers.get('location'), 'https://host.example/x');
    assert_equals(new Request('http://absolute.example/').url, 'http://absolute.example/');
  });
});

test('nothing else is relative to it', () => {
  withLocation(here, () => assert_throws(TypeError, () => new URL('/path')));
});

test('a referrer of another origin than the location is the default', () => {
  withLocation(here, () => {
    assert_equals(new Request('/', { referrer: 'other' }).referrer, 'https://host.example/a/other');
    assert_equals(new Request('/', { referrer: 'https://other.example/' }).referrer, 'about:client');
  });
  assert_equals(new Request('https://x.example/', { referrer: 'https://other.example/' }).referrer, 'https://other.example/');
});

test('a location that is no place is none', () => {
  for (const location of [undefined, null, 'https://host.example/', {}, { href: 1 }, { href: 'no URL' }]) {
    withLocation(location, () => assert_throws(TypeError, () => new Request('/path')));
  }
});

test('what a location throws is thrown', () => {
  withLocation({ get href() { throw new RangeError('mine'); } }, () => assert_throws(RangeError, () => new Request('/path')));
});

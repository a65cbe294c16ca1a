test('the user agent is one product token', () => {
  assert_equals(navigator.userAgent, 'edge');
  assert_true(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(navigator.userAgent));
});

test('a function has one thread and one locale', () => {
  assert_equals(navigator.hardwareConcurrency, 1);
  assert_equals(navigator.language, Intl.DateTimeFormat().resolvedOptions().locale);
  assert_deep_equals([...navigator.languages], [navigator.language]);
  assert_true(Object.isFrozen(navigator.languages) && navigator.languages === navigator.languages);
});

test('there is one navigator, and nobody can make another', () => {
  assert_true(navigator instanceof Navigator);
  assert_throws(TypeError, () => new Navigator());
  assert_throws(TypeError, () => Object.create(navigator).userAgent);
});

const HREFS = [
  ['https://EXAMPLE.com:443/a/./b/../c?q=1#f', 'https://example.com/a/c?q=1#f'],
  ['http://user:pa%20ss@host:8080', 'http://user:pa%20ss@host:8080/'],
  ['  http://host/\t\n ', 'http://host/'],
  ['http:\\\\host\\path', 'http://host/path'],
  ['http://0x7f.1/', 'http://127.0.0.1/'],
  ['http://[2001:DB8:0:0:0:0:0:1]/', 'http://[2001:db8::1]/'],
  ['http://[::ffff:1.2.3.4]/', 'http://[::ffff:102:304]/'],
  ['file:///C|/x/../..', 'file:///C:/'],
  ['mailto:a b', 'mailto:a b'],
  ['foo://host/ü?ü#ü', 'foo://host/%C3%BC?%C3%BC#%C3%BC'],
  ['http://host/%zz\u{1F600}', 'http://host/%zz%F0%9F%98%80'],
  ["http://host/?'", 'http://host/?%27'],
  ['web+demo:/.//not-a-host/', 'web+demo:/.//not-a-host/'],
  ['data:text/plain, x ?q', 'data:text/plain, x%20?q'],
];
for (const [input, expected] of HREFS) test(`${input} is ${expected}`, () => assert_equals(new URL(input).href, expected));

for (const input of ['', 'no-scheme', 'http://', 'http://a b/', 'http://a:99999/', 'http://[::1', 'http://1.2.3.256/', 'http://a%00b/', 'http://user@/', '//x']) {
  test(`"${input}" is no URL`, () => {
    const error = assert_throws(TypeError, () => new URL(input));
    assert_equals(error.code, 'ERR_INVALID_URL');
    assert_false(URL.canParse(input));
    assert_equals(URL.parse(input), null);
  });
}

// What Node's tests find as `../common/wpt`: the part of the harness of the Web Platform Tests that they use themselves.

const assert = require('assert');

module.exports = {
  harness: {
    test: (run) => run(),
    assert_equals: assert.strictEqual,
    assert_array_equals: (actual, expected) => assert.deepStrictEqual([...actual], [...expected]),
    assert_true: (value, message) => assert.strictEqual(value, true, message),
    assert_false: (value, message) => assert.strictEqual(value, false, message),
    assert_throws: (expected, run) => assert.throws(run, expected),
    assert_unreached: (message) => assert.fail(`unreached: ${message}`),
  },
};

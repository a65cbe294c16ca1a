// `expect`, from Vitest: Jest's matchers on top of Chai.  https://vitest.dev/api/expect.html

import * as chai from 'chai';
import {
  ASYMMETRIC_MATCHERS_OBJECT, GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend, addCustomEqualityTesters, customMatchers, getState, setState,
} from '@vitest/expect';
import { format } from '@vitest/pretty-format';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
chai.use((_, { addMethod, flag }) => {
  addMethod(chai.Assertion.prototype, 'toMatchInlineSnapshot', function (wanted) {
    const found = format(flag(this, 'object'), { escapeString: false, printBasicPrototype: false });
    if (wanted === undefined) throw new Error(`toMatchInlineSnapshot() has nothing to compare with; write: toMatchInlineSnapshot(\`${found}\`)`);
    chai.expect(found).toBe(undented(wanted));
  });
  for (const name of ['toMatchSnapshot', 'toMatchFileSnapshot', 'toThrowErrorMatchingSnapshot']) {
    addMethod(chai.Assertion.prototype, name, () => {
      throw new Error(`${name}() needs files to write to, which tests in the runtime have not; use toEqual() or toMatchInlineSnapshot(\`...\`)`);
    });
  }
});

function undented(text) {
  const lines = text.replace(/^\n/, '').replace(/\n[ \t]*$/, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.match(/^[ \t]*/)[0].length);
  const least = text.startsWith('\n') ? Math.min(...indents) : 0;
  return lines.map((line) => line.slice(least)).join('\n');
}

export const expect = (value, message) => {
  setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
  return chai.expect(value, message);
};
globalThis[GLOBAL_EXPECT] = expect;
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);

const none = { assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null };
setState(none, expect);
expect.getState = () => getState(expect);
expect.setState = (state) => setState(state, expect);
expect.extend = (matchers) => chai.expect.extend(expect, matchers);
expect.addEqualityTesters = addCustomEqualityTesters;
expect.unreachable = (message = 'this was not to be reached') => chai.assert.fail(message);
expect.assertions = (count) => setState({ expectedAssertionsNumber: count }, expect);
expect.hasAssertions = () => setState({ isExpectingAssertions: true }, expect);
expect.extend(customMatchers);

/** Before a test. */
export function resetAssertions() {
  setState(none, expect);
}

/** After a test: what it said about the number of its assertions. */
export function checkAssertions() {
  const { assertionCalls, expectedAssertionsNumber, isExpectingAssertions } = getState(expect);
  if (expectedAssertionsNumber !== null && assertionCalls !== expectedAssertionsNumber) {
    throw new Error(`expected ${expectedAssertionsNumber} assertions, there were ${assertionCalls}`);
  }
  if (isExpectingAssertions && assertionCalls === 0) throw new Error('expected assertions, there were none');
}

export { chai };

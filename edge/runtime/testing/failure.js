// What an error is told as.

import { processError } from '@vitest/utils/error';

const MOST = 20_000; // characters

const cut = (text) => (text.length > MOST ? `${text.slice(0, MOST)}... ${text.length - MOST} more characters` : text);

function difference(error) {
  try {
    return processError({ __proto__: error, actual: error.actual, expected: error.expected, showDiff: error.showDiff, message: error.message }).diff ?? '';
  } catch {
    return '';
  }
}

const isOwn = (line) => !line.includes('/.edge-test/');
const withoutHarness = (stack) => stack.split('\n').filter(isOwn).join('\n');

/** The frames of an error that are not the harness's. */
export const framesOf = ({ stack }) => String(stack).split('\n').slice(1).filter(isOwn).join('\n');

function causeOf({ cause }) {
  return cause instanceof Error ? `\ncaused by ${cause.stack ?? cause}` : '';
}

/** `{name, message, stack, diff}` of whatever was thrown. */
export function describeError(error) {
  try {
    if (typeof error !== 'object' || error === null) return { name: '', message: `thrown: ${String(error)}`, stack: '', diff: '' };
    const isDifferent = error.showDiff || (error.showDiff === undefined && error.expected !== undefined && error.actual !== undefined);
    const message = String(error.message ?? error);
    return { name: String(error.name ?? 'Error'), message: cut(message), stack: cut(withoutHarness(String(error.stack ?? '') + causeOf(error))), diff: isDifferent ? cut(difference(error)) : '' };
  } catch (other) {
    return { name: 'Error', message: `an error that cannot be described: ${other}`, stack: '', diff: '' };
  }
}

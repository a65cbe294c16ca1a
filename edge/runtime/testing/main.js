// What the tests of a package run in: `edge test` puts this file, bundled, beside the package as a module of its own, and lets
// `edge:test`, `vitest`, `@jest/globals` and the like stand for it.  Code like a function's: nothing of it is in other isolates.

import './plain.js';
import { createApp } from './app.js';
import { expect, chai } from './expect.js';
import { vi } from './mocks.js';
import { runFile } from './runner.js';
import * as suites from './suites.js';

const { describe, suite, test, it, beforeAll, beforeEach, afterAll, afterEach, before, after, onTestFinished } = suites;
const { assert, should } = chai;
const { fn, spyOn, mocked } = vi;

const { stringify } = JSON;

/** `env` as handlers get it, and the function under test; there once a test file is loaded. */
export const env = {};
export const app = createApp();
export { app as SELF, vi as jest };
export {
  after, afterAll, afterEach, assert, before, beforeAll, beforeEach, chai, describe, expect, fn, it, mocked, onTestFinished, should, spyOn, suite, test, vi,
};
export const mock = vi;
export default test;

/** `ctx` for handlers that a test calls itself. */
export function createExecutionContext() {
  const work = [];
  return { props: {}, work, passThroughOnException() {}, waitUntil(promise) { work.push(promise); } };
}

/** Until all that was given to such a `ctx` has settled; rejects with what went wrong. */
export async function waitOnExecutionContext({ work }) {
  while (work.length > 0) await work.shift();
}

const GLOBALS = {
  describe, suite, test, it, beforeAll, beforeEach, afterAll, afterEach, expect, assert, vi, jest: vi, onTestFinished,
};

/**
 * The handler of the function that runs test files, one in each invocation.  `files` are loaders by path; `target` says what is
 * under test: `{main, load, contract, handler}`, null when the package has no entry.
 */
export function createHandler(files, target) {
  Object.assign(globalThis, GLOBALS);
  return async (request, variables) => {
    const { file, ...options } = await request.json();
    Object.assign(env, variables);
    app.target = target;
    const { readable, tell, close } = createOutlet();
    runFile(files[file], options, tell).finally(close);
    return new Response(readable);
  };
}

/**
 * A stream of lines.  What has been told is at the host when the promise of `tell` resolves, whatever the test does then: the next
 * chunk is asked for when the last one has left.  What is `noted` goes with what is told next.
 */
function createOutlet() {
  const encoder = new TextEncoder();
  let ask;
  let asked;
  let noted = '';
  const rearm = () => { asked = new Promise((resolve) => { ask = resolve; }); };
  rearm();
  const pull = (controller) => new Promise((taken) => { ask({ controller, taken }); });
  const readable = new ReadableStream({ pull }, { highWaterMark: 0 });
  const tell = async (event) => {
    note(event);
    const { controller, taken } = await asked;
    rearm();
    controller.enqueue(encoder.encode(noted));
    noted = '';
    taken();
    await asked;
  };
  const note = (event) => { noted += `${stringify(event)}\n`; };
  const close = async () => {
    const { controller, taken } = await asked;
    controller.close();
    taken();
  };
  return { readable, tell: Object.assign(tell, { note }), close };
}

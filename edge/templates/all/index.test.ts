// `edge test` runs this inside the runtime, with an empty KV store for each file.

import { app, beforeEach, describe, expect, test } from "edge:test";

beforeEach(() => kv.clear());

describe("greeting", () => {
  test.each([
    ["/", "Hello, world!\n"],
    ["/?name=Ada", "Hello, Ada!\n"],
  ])("%s", async (path: string, greeting: string) => {
    const answer = await app.fetch(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(greeting);
  });
});

test("greetings are counted", async () => {
  await app.fetch("/");
  await app.fetch("/");
  expect(await (await app.fetch("/greeted")).json()).toEqual({ greeted: 2 });
});

test("there is nothing elsewhere", async () => {
  expect((await app.fetch("/nowhere")).status).toBe(404);
});

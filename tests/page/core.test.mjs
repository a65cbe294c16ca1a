// What the admin page computes, without a browser.  Run by tests/unit/test_page_core.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser } from "../../edge/page/src/core/events.js";
import { bytes, duration, relative } from "../../edge/page/src/core/format.js";
import { percentile } from "../../edge/page/src/core/latency.js";
import { entryOf, matcher } from "../../edge/page/src/core/lines.js";
import { Ring } from "../../edge/page/src/core/ring.js";
import { href, parseRoute } from "../../edge/page/src/core/place.js";
import { grid, joined } from "../../edge/page/src/core/series.js";
import { moved, shares } from "../../edge/page/src/core/shares.js";

const events = (...pieces) => {
  const found = [];
  const parser = new EventParser((event) => found.push(event));
  for (const piece of pieces) parser.push(piece);
  return found;
};

test("events are read however the stream is cut", () => {
  const text = ": hello\r\nid: 7\r\ndata: a\r\ndata:b\r\n\r\nevent: end\ndata\n\n";
  const whole = events(text);
  assert.deepEqual(whole, [{ id: "7", event: "message", data: "a\nb" }, { id: "7", event: "end", data: "" }]);
  for (let at = 0; at <= text.length; at += 1) assert.deepEqual(events(text.slice(0, at), text.slice(at)), whole);
  assert.deepEqual(events(...text), whole);
});

test("an event without an end is not kept for ever", () => {
  const parser = new EventParser(() => {});
  assert.throws(() => {
    for (let piece = 0; piece < 3000; piece += 1) parser.push("x".repeat(1024));
  });
  const lines = new EventParser(() => {});
  assert.throws(() => {
    for (let piece = 0; piece < 3000; piece += 1) lines.push(`data: ${"x".repeat(1024)}\n`);
  });
});

test("a ring keeps the latest, by number and by weight", () => {
  const ring = new Ring(10, 100, ({ weight }) => weight);
  for (let number = 0; number < 1000; number += 1) ring.push([{ number, weight: 1 }]);
  assert.equal(ring.size, 10);
  assert.deepEqual([...ring].map(({ number }) => number), [990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
  assert.equal(ring.at(0).number, 990);
  ring.push([{ number: 1000, weight: 96 }]);
  assert.deepEqual([...ring].map(({ number }) => number), [996, 997, 998, 999, 1000]);
  ring.push([{ number: 1001, weight: 1000 }]);
  assert.deepEqual([...ring].map(({ number }) => number), [1001]);
});

test("a filter of a ring holds for what is there, and what comes", () => {
  const ring = new Ring(100);
  const even = (number) => number % 2 === 0;
  const numbers = Array.from({ length: 1000 }, (_, number) => number);
  ring.push(numbers.slice(0, 500));
  ring.filter(even);
  assert.equal(ring.length, 50);
  ring.push(numbers.slice(500));
  assert.deepEqual([...ring], numbers.slice(900).filter(even));
  ring.filter(null);
  assert.deepEqual([...ring], numbers.slice(900));
  ring.clear();
  assert.equal(ring.length + ring.size, 0);
});

test("percentiles are within their bucket", () => {
  assert.equal(percentile({}, 0.5), null);
  const found = percentile({ 0: 50, 40: 50 }, 0.99); // 0.1 ms * 2 ** 10
  assert.ok(found <= 0.1024 && found > 0.1024 / 2 ** 0.25);
  assert.ok(percentile({ 0: 50, 40: 50 }, 0.25) <= 1e-4);
});

test("intervals in which nothing happened are there, too, and the one that goes on is not", () => {
  const sample = (time, requests) => ({ time, requests, outcomes: {}, latency: {}, gauges: {} });
  const answer = { now: 21, interval: 2, seconds: 600, samples: [sample(10, 1), sample(16, 2), sample(20, 3)] };
  const { times, each } = grid(answer);
  assert.deepEqual(times, [10, 12, 14, 16, 18]);
  assert.deepEqual(each(({ requests }) => requests), [1, 0, 0, 2, 0]);
  const next = joined(answer, { ...answer, now: 23, samples: [sample(20, 5), sample(22, 1)] });
  assert.deepEqual(next.samples.map(({ time, requests }) => [time, requests]), [[10, 1], [16, 2], [20, 5], [22, 1]]);
});

test("shares are whole and come to 100", () => {
  const sum = (weights) => Object.values(weights).reduce((total, value) => total + value, 0);
  assert.deepEqual(shares({ a: 1, b: 1, c: 1 }), { a: 34, b: 33, c: 33 });
  assert.deepEqual(shares({ a: 0, b: 0 }), { a: 50, b: 50 });
  for (let value = 0; value <= 100; value += 1) {
    for (const weights of [{ a: 90, b: 10 }, { a: 100, b: 0 }, { a: 34, b: 33, c: 33 }, { a: 0, b: 0, c: 100 }, { a: 100 }]) {
      const found = moved(weights, "a", value);
      assert.equal(sum(found), 100);
      assert.ok(Object.values(found).every((each) => Number.isInteger(each) && each >= 0));
      if (Object.keys(weights).length > 1) assert.equal(found.a, value);
    }
  }
});

test("any text can be a part of a place", () => {
  for (const part of ["a", "a/b", "<svg onload=x>", "?x=1", "#", "%", "ä ö", ".."]) {
    assert.deepEqual(parseRoute(href("kv", part, { q: part })).path, ["kv", part]);
    assert.equal(parseRoute(href("kv", part, { q: part })).args.get("q"), part);
  }
  assert.deepEqual(parseRoute("#/%zz").path, ["%zz"]);
});

test("lines that are none are left out, and long ones are cut in the list", () => {
  for (const text of ["", "null", "1", '"x"', "{", "[1"]) assert.equal(entryOf(text), null);
  const entry = entryOf(JSON.stringify({ event: "function_log", text: "x".repeat(100_000), function: "f@v1", level: 5 }));
  assert.ok(entry.said.length < 3000);
  assert.ok(matcher({ name: "f", level: "", outcome: "", event: "", text: "" })(entry));
  assert.ok(!matcher({ name: "", level: "error", outcome: "", event: "", text: "" })(entry));
  assert.equal(matcher({ name: "", level: "", outcome: "", event: "", text: " " }), null);
});

test("numbers are written for people", () => {
  assert.equal(bytes(1536), "1.50 KiB");
  assert.equal(duration(0.00025), "250 µs");
  assert.equal(duration(1.5), "1.50 s");
  assert.equal(duration(3725), "1 h 2 min");
  assert.equal(duration(86_400), "1 d");
  assert.equal(relative(0, 61_000), "1 min ago");
});

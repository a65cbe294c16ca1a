// Activity of the gateway as columns for charts.

import { percentile } from "./latency.js";

/** `before` with what `answer` has of later times; what is older than the window falls off. */
export function joined(before, answer) {
  const first = answer.samples[0]?.time ?? Infinity;
  const kept = before ? before.samples.filter(({ time }) => time < first && time > answer.now - answer.seconds) : [];
  return { ...answer, samples: [...kept, ...answer.samples] };
}

/** From when on the gateway is to be asked: the latest interval may have grown since. */
export const nextSince = (before) => before?.samples.at(-1)?.time ?? 0;

/**
 * Every interval of the window, also those in which nothing happened, as `{times, each(pick, none)}`.
 *
 * The last one is left out while it goes on, because its counts are not complete.
 */
export function grid(activity) {
  const { interval, seconds, now } = activity;
  const end = Math.floor(now / interval) * interval;
  const begin = activity.samples[0]?.time ?? end;
  const known = new Map(activity.samples.map((sample) => [sample.time, sample]));
  const times = [];
  for (let time = Math.max(begin, end - seconds); time < end; time += interval) times.push(time);
  return { times, each: (pick, none = 0) => times.map((time) => (known.has(time) ? (pick(known.get(time)) ?? none) : none)) };
}

/** Columns of rates (per second), failures and percentiles. */
export function columns(activity, outcomes) {
  const { times, each } = grid(activity);
  const rate = (count) => count / activity.interval;
  return {
    times,
    requests: each(({ requests }) => rate(requests)),
    outcomes: outcomes.map((outcome) => each((sample) => rate(sample.outcomes[outcome] ?? 0))),
    latency: [0.5, 0.95, 0.99].map((share) => each(({ latency }) => percentile(latency, share, activity), null)),
    gauge: (name) => carried(each(({ gauges }) => gauges[name], null)),
  };
}

/** What stands goes on standing in an interval in which nobody looked. */
function carried(values) {
  let last = null;
  return values.map((value) => (last = value ?? last));
}

/** Outcomes that happened at all: first "ok", then the others. */
export function seenOutcomes(activity) {
  const found = new Set(activity.samples.flatMap(({ outcomes }) => Object.keys(outcomes)));
  return ["ok", ...[...found].filter((name) => name !== "ok").sort()];
}

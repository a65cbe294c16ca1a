import { count, duration } from "../core/format.js";
import { Rows } from "../ui/bits.jsx";

const MOST = 500;

/** Bars of one invocation, from when it came to its end; times in ms. */
export function Waterfall({ durations, calls, more }) {
  const queue = durations.queue_ms ?? 0;
  const start = durations.start_ms ?? 0;
  const run = durations.run_ms ?? 0;
  const from = queue + start;
  const total = Math.max(queue + start + run, ...calls.map(({ at_ms: at, ms }) => from + at + ms), 0.001);
  const bars = [
    { name: "queue", about: "waiting for an isolate", at: 0, ms: queue, kind: "queue" },
    { name: "start", about: "the isolate begins", at: queue, ms: start, kind: "start" },
    { name: "run", about: "the function", at: from, ms: run, kind: "run" },
    ...calls.slice(0, MOST).map(({ op, at_ms: at, ms, about, error }) => ({ name: op, about, at: from + at, ms, kind: error ? "error" : "call", error })),
  ];
  return (
    <>
      <ol class="waterfall">
        <li class="scale" aria-hidden="true"><span /><span class="track">{[0, 0.25, 0.5, 0.75, 1].map((share) => <i key={share} style={{ left: `${share * 100}%` }}>{duration((total * share) / 1000)}</i>)}</span><span /></li>
        {bars.map(({ name, about, at, ms, kind, error }, index) => (
          <li key={index} class={kind}>
            <span class="name"><code>{name}</code> <span class="muted" title={error || about}>{error ? error : about}</span></span>
            <span class="track" aria-hidden="true"><i style={{ left: `${(at / total) * 100}%`, width: `max(2px, ${(ms / total) * 100}%)` }} /></span>
            <span class="number">{duration(ms / 1000)}<span class="hidden"> after {duration(at / 1000)}</span></span>
          </li>
        ))}
      </ol>
      {calls.length > MOST && <p class="hint">{count(calls.length - MOST)} more calls.</p>}
      {more.length > 0 && (
        <Rows label="Further host calls" rows={more.map((each) => ({ ...each, id: each.op }))} columns={[["Further calls", ({ op }) => <code>{op}</code>], ["Times", (row) => count(row.count), "number"], ["Failed", ({ failed }) => count(failed), "number"], ["Took together", ({ ms }) => duration(ms / 1000), "number"]]} />
      )}
    </>
  );
}

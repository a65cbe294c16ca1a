import { useEffect, useRef, useState } from "preact/hooks";
import { query } from "../core/api.js";
import { readEvents } from "../core/events.js";
import { clock, count, date, pretty, traced } from "../core/format.js";
import { useAsked, useSession, useSettled } from "../core/hooks.js";
import { entryOf, matcher, parsed, severity, weightOf } from "../core/lines.js";
import { Ring } from "../core/ring.js";
import { href, replaceArgs } from "../core/route.js";
import { Badge, Button, Code, Empty, Facts, Outcome, Problem, Search, Select, View } from "../ui/bits.jsx";
import { Dialog } from "../ui/dialog.jsx";
import { VirtualTable } from "../ui/table.jsx";

const KEPT = 100_000; // lines in the memory of the page
const MOST = 96 * 1024 * 1024; // characters of them
const BEFORE = 1000; // lines that are there at the start
const FLUSH = 120; // ms between two looks at what has come in
const AGAIN = 2000; // ms until a stream that broke off is asked for anew

const LEVELS = [["", "Every level"], ["info", "info and above"], ["warning", "warnings and errors"], ["error", "errors"]];
const OUTCOMES = [["", "Every outcome"], ["failed", "failed"], ...["ok", "exception", "timeout", "cpu", "memory", "crash", "bad-response", "overloaded", "canceled"].map((each) => [each, each])];
const EVENTS = [["", "Everything"], ["function_log", "what functions write"], ["request", "requests"], ["function_call", "calls among functions"], ["invocation", "other invocations"]];

const levelKind = (level) => (severity(level) >= 40 ? "bad" : severity(level) >= 30 ? "warn" : severity(level) < 20 ? "plain" : "info");

const COLUMNS = [
  { name: "time", title: "Time", width: "104px", narrow: "92px", kind: "mono muted", cell: ({ entry }) => clock(entry.timestamp) },
  { name: "level", title: "Level", width: "70px", narrow: "58px", cell: ({ entry }) => <span class={`level ${levelKind(entry.level)}`}>{entry.level}</span> },
  { name: "function", title: "Function", width: "minmax(80px, 150px)", narrow: null, cell: ({ entry }) => entry.name || <span class="muted">gateway</span> },
  { name: "outcome", title: "Outcome", width: "96px", narrow: null, cell: ({ entry }) => (entry.outcome ? <Outcome value={entry.outcome} /> : "") },
  { name: "text", title: "Line", width: "minmax(0, 1fr)", kind: "mono line", cell: ({ entry }) => entry.said },
];

/** Lines as they come in, the latest KEPT of them; `version` changes whenever there are more. */
function useTail(paused) {
  const { api } = useSession();
  const ring = useRef(null);
  ring.current ??= new Ring(KEPT, MOST, weightOf);
  const [state, setState] = useState({ version: 0, live: false, error: null, waiting: 0 });
  const held = useRef([]);
  const stopped = useRef(paused);
  stopped.current = paused;

  useEffect(() => {
    const control = new AbortController();
    let last = "";
    const take = (line) => {
      held.current.push(line);
      if (held.current.length > KEPT) held.current.splice(0, held.current.length - KEPT);
    };
    const flush = () => {
      if (held.current.length === 0) return;
      if (stopped.current) {
        setState((before) => ({ ...before, waiting: held.current.length }));
        return;
      }
      ring.current.push(held.current);
      held.current = [];
      setState((before) => ({ ...before, version: before.version + 1, waiting: 0 }));
    };
    const follow = async () => {
      let failures = 0;
      while (!control.signal.aborted) {
        try {
          const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
          const response = await api.fetch(`logs${query({ follow: 1, limit: BEFORE })}`, { signal: control.signal, timeout: 0, headers });
          failures = 0;
          setState((before) => ({ ...before, live: true, error: null }));
          await readEvents(response, ({ id, data }) => {
            last = id;
            const entry = entryOf(data);
            if (entry) take(entry);
          });
          setState((before) => ({ ...before, live: false }));
        } catch (error) {
          if (control.signal.aborted) return;
          failures += 1;
          setState((before) => ({ ...before, live: false, error }));
          if ((error.status >= 400 && error.status < 500) || error.status === 501) return;
        }
        await new Promise((resolve) => {
          setTimeout(resolve, AGAIN * Math.min(8, 2 ** failures));
        });
      }
    };
    follow();
    const timer = setInterval(flush, FLUSH);
    return () => {
      control.abort();
      clearInterval(timer);
    };
  }, []);
  const touch = () => setState((before) => ({ ...before, version: before.version + 1 }));
  return { ring: ring.current, ...state, touch };
}

export function Logs({ args }) {
  const { api, has } = useSession();
  const [filter, setFilter] = useState({ name: args.get("function") ?? "", level: args.get("level") ?? "", outcome: args.get("outcome") ?? "", event: args.get("event") ?? "", text: args.get("q") ?? "" });
  const [paused, setPaused] = useState(false);
  const [following, setFollowing] = useState(true);
  const [open, setOpen] = useState(null);
  const tail = useTail(paused);
  const text = useSettled(filter.text, 150);
  const functions = useAsked((signal) => api.json("functions", { signal }), []);
  useEffect(() => {
    tail.ring.filter(matcher({ ...filter, text }));
    tail.touch();
  }, [filter.name, filter.level, filter.outcome, filter.event, text]);
  const change = (values) => {
    setFilter((before) => ({ ...before, ...values }));
    const names = { name: "function", text: "q" };
    replaceArgs(Object.fromEntries(Object.entries(values).map(([name, value]) => [names[name] ?? name, value])));
  };
  const { ring } = tail;
  if (!has("GET", "/logs")) return <View title="Logs"><Problem error={{ status: 404, message: "there is nothing at /logs" }} /></View>;
  return (
    <View
      fill
      title="Logs"
      subtitle={`Requests and what functions write, as it happens. ${count(ring.length)} of ${count(ring.size)} lines; the page keeps ${count(KEPT)}.`}
      actions={
        <>
          <span class={`live ${tail.live && !paused ? "on" : ""}`} role="status"><i /> {paused ? `paused${tail.waiting ? `, ${count(tail.waiting)} waiting` : ""}` : tail.live ? "live" : "connecting"}</span>
          <Button icon={paused ? "play" : "pause"} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</Button>
          <Button icon="download" disabled={ring.length === 0} onClick={() => save(ring)}>Save</Button>
          <Button icon="trash" disabled={ring.size === 0} onClick={() => [ring.clear(), tail.touch()]}>Clear</Button>
        </>
      }
    >
      <div class="bar">
        <Search value={filter.text} onInput={(value) => change({ text: value })} label="Filter by text or request id" />
        <input class="narrow" list="log-functions" value={filter.name} onInput={(event) => change({ name: event.currentTarget.value })} placeholder="Every function" aria-label="Function" spellcheck={false} autocomplete="off" />
        <datalist id="log-functions">{(functions.value?.functions ?? []).map(({ name }) => <option key={name} value={name} />)}</datalist>
        <Select label="Level" value={filter.level} options={LEVELS} onChange={(value) => change({ level: value })} />
        <Select label="Outcome" value={filter.outcome} options={OUTCOMES} onChange={(value) => change({ outcome: value })} />
        <Select label="Kind of line" value={filter.event} options={EVENTS} onChange={(value) => change({ event: value })} />
      </div>
      {tail.error && <Problem error={tail.error} />}
      {ring.length === 0 ? (
        <Empty title={ring.size > 0 ? "No line is so" : "Nothing was said yet"} icon="logs">{ring.size > 0 ? "Another filter may show some." : "Lines appear here as soon as a request comes in or a function writes one."}</Empty>
      ) : (
        <VirtualTable dense label="Log lines" columns={COLUMNS} count={ring.length} at={(index) => ring.at(index)} keyOf={({ number }) => number} height={24} follow={following && !paused} onFollow={setFollowing} onOpen={({ entry }) => setOpen(parsed(entry.text))} />
      )}
      {!following && ring.length > 0 && <button type="button" class="to-end" onClick={() => setFollowing(true)}>To the latest line</button>}
      {open && <Line line={open} onClose={() => setOpen(null)} />}
    </View>
  );
}

function Line({ line, onClose }) {
  const invocation = line.function ? (line.id ?? line.request_id) : undefined;
  return (
    <Dialog title={line.event ?? "Line"} onClose={onClose} side>
      <Facts
        of={[
          ["Time", `${date(line.timestamp)} (${clock(line.timestamp)})`],
          ["Level", <Badge kind={levelKind(line.level)}>{line.level}</Badge>],
          line.function && ["Function", <a href={href("functions", line.function.split("@")[0])}>{line.function}</a>],
          line.outcome && ["Outcome", <Outcome value={line.outcome} />],
          line.request_id && ["Request", <code>{line.request_id}</code>],
          invocation && ["Invocation", <a href={href("invocations", invocation)}>{invocation}</a>],
        ]}
      />
      {line.text !== undefined && <><h3>Text</h3><Code label="Text" text={String(line.text)} /></>}
      {line.error && <><h3>Error</h3><Code label="Error" text={traced(String(line.error), line.stack)} /></>}
      <h3>All of it</h3>
      <Code label="The whole line" text={pretty(line)} />
    </Dialog>
  );
}

function save(ring) {
  const lines = [];
  for (const { text } of ring) lines.push(text, "\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
  link.download = "edge-logs.ndjson";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

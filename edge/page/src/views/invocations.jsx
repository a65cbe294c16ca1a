import { useEffect, useMemo, useState } from "preact/hooks";
import { query, segment } from "../core/api.js";
import { bytes, clock, count, date, duration, pretty, traced } from "../core/format.js";
import { useAction, useAsked, useSession, useSettled } from "../core/hooks.js";
import { go, href, replaceArgs } from "../core/route.js";
import { Answer, Badge, Button, Code, Empty, Facts, Outcome, Rows, Search, Section, Select, StatusCode, Time, View } from "../ui/bits.jsx";
import { VirtualTable } from "../ui/table.jsx";
import { Replay } from "./replay.jsx";
import { Waterfall } from "./waterfall.jsx";

const OUTCOMES = [["", "Every outcome"], ["failed", "failed"], ...["ok", "exception", "timeout", "cpu", "memory", "crash", "bad-response", "overloaded", "canceled"].map((each) => [each, each])];
const PAGE = 200;
const TYPES = { request: "request", call: "call", cron: "schedule", scheduled: "schedule" };

const COLUMNS = [
  { name: "time", title: "When", width: "110px", narrow: "74px", cell: ({ timestamp }) => <Time value={timestamp} /> },
  { name: "function", title: "Function", width: "minmax(110px, 1fr)", narrow: "minmax(0, 1fr)", cell: (row) => row.function },
  { name: "outcome", title: "Outcome", width: "110px", narrow: "90px", cell: ({ outcome }) => <Outcome value={outcome} /> },
  { name: "status", title: "Status", width: "70px", narrow: null, cell: ({ status }) => (typeof status === "number" ? <StatusCode value={status} /> : "") },
  { name: "request", title: "Request", width: "minmax(140px, 2fr)", narrow: null, kind: "mono", cell: ({ method, path, type, realtime_event: event }) => (path ? `${method ?? ""} ${path}` : event ?? TYPES[type] ?? type) },
  { name: "took", title: "Took", width: "90px", narrow: "66px", kind: "number", cell: ({ ms }) => (typeof ms === "number" ? duration(ms / 1000) : "–") },
  { name: "id", title: "Id", width: "130px", narrow: null, kind: "mono", cell: ({ id }) => <a tabIndex={-1} href={href("invocations", id)}>{id.slice(0, 14)}</a> },
];

export function Invocations({ path, args }) {
  return path.length > 0 ? <Invocation id={path[0]} /> : <List args={args} />;
}

/** The newest page, asked for time and again, and older ones behind it. */
function useRecent(name) {
  const { api } = useSession();
  const [older, setOlder] = useState({ rows: [], cursor: undefined });
  const ask = (signal, cursor) => api.json(`invocations${query({ type: "recent", function: name, limit: PAGE, cursor })}`, { signal });
  const first = useAsked((signal) => ask(signal, ""), [name], 3000);
  const cursor = older.cursor === undefined ? first.value?.cursor : older.cursor;
  useEffect(() => setOlder({ rows: [], cursor: undefined }), [name]);
  const [more, busy] = useAction(async () => {
    // The page before may have moved on since: it stays as it is from now on, above what is older.
    const page = await ask(undefined, cursor);
    setOlder((before) => ({ rows: [...(before.rows.length ? before.rows : first.value.invocations), ...page.invocations], cursor: page.cursor }));
  });
  const rows = useMemo(() => {
    const found = new Map([...(first.value?.invocations ?? []), ...older.rows].map((row) => [`${row.id} ${row.timestamp}`, row]));
    return [...found.values()];
  }, [first.value, older.rows]);
  return { first, rows, cursor, more, busy };
}

function List({ args }) {
  const [name, setName] = useState(args.get("function") ?? "");
  const [outcome, setOutcome] = useState(args.get("outcome") ?? "");
  const wanted = useSettled(name.trim(), 250);
  const { first, rows, cursor, more, busy } = useRecent(wanted);
  const shown = useMemo(() => rows.filter((row) => !outcome || (outcome === "failed" ? row.outcome !== "ok" : row.outcome === outcome)), [rows, outcome]);
  const change = (set, key) => (value) => {
    set(value);
    replaceArgs({ [key]: value });
  };
  return (
    <View fill title="Invocations" subtitle="Those that have ended lately, the newest first, each with its receipt.">
      <div class="bar">
        <Search value={name} label="Only of the function" onInput={change(setName, "function")} />
        <Select label="Outcome" value={outcome} options={OUTCOMES} onChange={change(setOutcome, "outcome")} />
        <span class="muted small" role="status">{count(shown.length)} of {count(rows.length)}{cursor ? ", and more" : ""}</span>
        {cursor && <Button kind="small" busy={busy} onClick={more}>Load older ones</Button>}
      </div>
      <Answer of={first} what="Asking for invocations">
        {() => (shown.length === 0 ? <Empty title={wanted || outcome ? "None is so" : "No invocation yet"} icon="invocations" /> : (
          <VirtualTable label="Invocations" columns={COLUMNS} count={shown.length} at={(index) => shown[index]} keyOf={({ id, timestamp }) => `${id} ${timestamp}`} onOpen={({ id }) => go("invocations", id)} height={34} />
        ))}
      </Answer>
    </View>
  );
}

function Invocation({ id }) {
  const { api } = useSession();
  const found = useAsked((signal) => api.json(`invocations/${segment(id)}`, { signal }), [id]);
  return (
    <View title="Invocation" subtitle={<code>{id}</code>} back={[href("invocations"), "Invocations"]}>
      <Answer of={found}>{(value) => (value.type === "async" && !value.receipt ? <Deferred id={id} /> : <Detail id={id} value={value} />)}</Answer>
      {found.value === undefined && found.error?.status === 404 && <Replay id={id} invocation={{}} />}
    </View>
  );
}

function Deferred({ id }) {
  return <Empty title="This one was deferred" icon="queue"><a href={href("queue", id)}>It is in the queue</a>, with its attempts.</Empty>;
}

function Detail({ id, value }) {
  const receipt = value.receipt ?? {};
  const { durations, resources = {}, isolate } = receipt;
  return (
    <>
      <div class="columns">
        <Section title="What became of it">
          <Facts
            of={[
              ["Outcome", <Outcome value={value.outcome ?? receipt.outcome} />],
              typeof value.status === "number" && ["Status", <StatusCode value={value.status} />],
              value.function && ["Function", <a href={href("functions", value.function.split("@")[0])}>{value.function}</a>],
              value.version && ["Version", <code>{value.version}</code>],
              value.path && ["Request", <code class="wrap">{value.method} {value.path}</code>],
              ["Ended", date(value.timestamp ?? value.finished)],
              value.request_id && ["Request id", <code>{value.request_id}</code>],
              value.type && value.type !== "request" && ["Came by", TYPES[value.type] ?? value.type],
              receipt.caller && ["Called by", <a href={href("invocations", receipt.caller)}>{receipt.caller}</a>],
              value.ip && ["Client", value.ip],
              value.cache && ["Cache", value.cache],
              isolate && ["Isolate", `snapshot ${isolate.snapshot}, ${duration(isolate.age_s)} old, use ${isolate.uses}`],
              receipt.background && ["Background", receipt.background],
            ]}
          />
          {value.error && <Code label="Error" text={traced(String(value.error), value.stack)} />}
        </Section>
        <Section title="Used">
          <Resources of={resources} />
        </Section>
      </div>
      {durations && <Section title="Where the time went"><Waterfall durations={durations} calls={receipt.host_calls ?? []} more={receipt.more_calls ?? []} /></Section>}
      <Lines lines={value.logs} />
      <Calls calls={value.calls} />
      <Replay id={id} invocation={value} />
      <details class="card"><summary>All that is known</summary><Code label="All that is known" text={pretty(value)} /></details>
    </>
  );
}

const shown = ({ used, unit }) => (unit === "B" ? bytes(used) : unit === "s" ? duration(used) : count(used));

function Resources({ of }) {
  const rows = Object.entries(of).filter(([, { used, limit }]) => used || limit);
  if (rows.length === 0) return <p class="muted">The receipt says nothing about it.</p>;
  return (
    <ul class="meters">
      {rows.map(([name, resource]) => {
        const share = resource.limit ? Math.min(1, resource.used / resource.limit) : null;
        return (
          <li key={name}>
            <span>{name.replaceAll("_", " ")}</span>
            <span class="meter" aria-hidden="true">{share !== null && <i class={share >= 0.9 ? "bad" : share >= 0.7 ? "warn" : ""} style={{ width: `${Math.max(1, share * 100)}%` }} />}</span>
            <span class="number">{shown(resource)}{resource.limit ? <span class="muted"> of {shown({ ...resource, used: resource.limit })}</span> : ""}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Lines({ lines }) {
  if (!lines?.length) return null;
  return (
    <Section title="What it wrote">
      <Rows label="Lines" rows={lines.map((line, index) => ({ ...line, id: index }))} columns={[["Time", ({ timestamp }) => <code class="muted">{clock(timestamp)}</code>], ["Level", ({ level }) => <Badge kind={level === "error" ? "bad" : level === "warning" ? "warn" : "plain"}>{level}</Badge>], ["Line", ({ text }) => <code class="wrap">{text}</code>]]} />
    </Section>
  );
}

function Calls({ calls }) {
  if (!calls?.length) return null;
  return (
    <Section title="Functions that it called">
      <Rows
        label="Calls"
        rows={calls}
        columns={[["Function", (row) => <a href={href("functions", row.function)}>{row.function}</a>], ["Outcome", ({ outcome }) => <Outcome value={outcome} />], ["Status", ({ status }) => <StatusCode value={status} />], ["Took", ({ ms }) => duration((ms ?? 0) / 1000), "number"], ["", ({ id }) => <a href={href("invocations", id)}>invocation</a>, "end"]]}
      />
    </Section>
  );
}

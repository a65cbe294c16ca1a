import { useState } from "preact/hooks";
import { query, segment } from "../core/api.js";
import { bytes, count, date, duration, pretty } from "../core/format.js";
import { useAsked, useSession, useSettled } from "../core/hooks.js";
import { go, href, replaceArgs } from "../core/route.js";
import { Answer, Badge, Code, Empty, Facts, Outcome, Rows, Search, Section, Select, StatusCode, Time, View } from "../ui/bits.jsx";
import { VirtualTable } from "../ui/table.jsx";
import { Replay } from "./replay.jsx";
import { Waterfall } from "./waterfall.jsx";

const OUTCOMES = [["", "Every outcome"], ["failed", "failed"], ...["ok", "exception", "timeout", "cpu", "memory", "crash", "bad-response", "overloaded", "canceled"].map((each) => [each, each])];
const idOf = (row) => row.receipt?.id ?? row.id ?? row.request_id;
const took = (row) => (row.receipt?.durations?.run_ms ?? row.wall_ms ?? row.ms ?? row.durations?.run_ms);

const COLUMNS = [
  { name: "time", title: "When", width: "110px", cell: (row) => <Time value={row.timestamp ?? row.created ?? row.time} /> },
  { name: "function", title: "Function", width: "minmax(110px, 1fr)", cell: (row) => row.function },
  { name: "outcome", title: "Outcome", width: "110px", cell: (row) => <Outcome value={row.outcome ?? row.status} /> },
  { name: "status", title: "Status", width: "70px", cell: ({ status }) => (typeof status === "number" ? <StatusCode value={status} /> : "") },
  { name: "request", title: "Request", width: "minmax(140px, 2fr)", kind: "mono hide-narrow", cell: ({ method, path, event }) => (path ? `${method ?? ""} ${path}` : event) },
  { name: "took", title: "Took", width: "90px", kind: "number", cell: (row) => (took(row) === undefined ? "–" : duration(took(row) / 1000)) },
  { name: "id", title: "Id", width: "130px", kind: "mono hide-narrow", cell: (row) => <a tabIndex={-1} href={href("invocations", idOf(row))}>{String(idOf(row)).slice(0, 12)}</a> },
];

export function Invocations({ path, args }) {
  return path.length > 0 ? <Invocation id={path[0]} /> : <List args={args} />;
}

function List({ args }) {
  const { api } = useSession();
  const [name, setName] = useState(args.get("function") ?? "");
  const [outcome, setOutcome] = useState(args.get("outcome") ?? "");
  const wanted = useSettled(name.trim(), 250);
  const found = useAsked((signal) => api.json(`invocations${query({ function: wanted, outcome, limit: 500 })}`, { signal }), [wanted, outcome], 3000);
  return (
    <View fill title="Invocations" subtitle="Receipts: what each invocation used, and of how much.">
      <div class="bar">
        <Search
          value={name}
          label="Only of the function"
          onInput={(value) => {
            setName(value);
            replaceArgs({ function: value });
          }}
        />
        <Select
          label="Outcome"
          value={outcome}
          options={OUTCOMES}
          onChange={(value) => {
            setOutcome(value);
            replaceArgs({ outcome: value });
          }}
        />
      </div>
      <Answer of={found}>
        {({ invocations }) => (invocations.length === 0 ? <Empty title={wanted || outcome ? "None is so" : "No invocation yet"} icon="invocations" /> : (
          <VirtualTable label="Invocations" columns={COLUMNS} count={invocations.length} at={(index) => invocations[index]} keyOf={idOf} onOpen={(row) => go(row.type === "async" ? "queue" : "invocations", idOf(row))} height={34} />
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
      <Answer of={found}>{(value) => <Detail id={id} value={value} />}</Answer>
    </View>
  );
}

function Detail({ id, value }) {
  const receipt = value.receipt ?? value;
  const { durations = {}, resources = {}, isolate } = receipt;
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
              ["When", date(value.timestamp ?? value.created)],
              value.request_id && ["Request id", <code>{value.request_id}</code>],
              receipt.caller && ["Called by", receipt.caller],
              isolate && ["Isolate", `snapshot ${isolate.snapshot}, ${duration(isolate.age_s)} old, use ${isolate.uses}`],
              receipt.background && ["Background", receipt.background],
            ]}
          />
          {value.error && <Code label="Error" text={`${value.error}${value.stack ? `\n${value.stack}` : ""}`} />}
        </Section>
        <Section title="Used">
          <Resources of={resources} />
        </Section>
      </div>
      <Section title="Where the time went"><Waterfall durations={durations} calls={receipt.host_calls ?? []} more={receipt.more_calls ?? []} /></Section>
      <Replay id={id} invocation={value} />
      <Lines id={id} value={value} />
      <details class="card"><summary>All of the receipt</summary><Code label="The receipt" text={pretty(value)} /></details>
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

function Lines({ id, value }) {
  const { api, has } = useSession();
  const request = value.request_id ?? id;
  const there = has("GET", "/logs");
  const found = useAsked((signal) => (there ? api.json(`logs${query({ request, limit: 200 })}`, { signal }) : Promise.resolve({ entries: [] })), [request]);
  const lines = (found.value?.entries ?? found.value?.lines ?? found.value?.logs ?? []).filter(({ event }) => event === "function_log");
  if (!there || (found.value && lines.length === 0)) return null;
  return (
    <Section title="What it wrote">
      <Answer of={found}>
        {() => <Rows label="Lines" rows={[...lines].reverse().map((line, index) => ({ ...line, id: index }))} columns={[["Time", ({ timestamp }) => <Time value={timestamp} />], ["Level", ({ level }) => <Badge kind={level === "error" ? "bad" : level === "warning" ? "warn" : "plain"}>{level}</Badge>], ["Line", ({ text }) => <code class="wrap">{text}</code>]]} />}
      </Answer>
    </Section>
  );
}

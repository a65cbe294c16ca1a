import { useMemo, useState } from "preact/hooks";
import { count, duration, percent, short } from "../core/format.js";
import { useAsked, useSession, useSettled } from "../core/hooks.js";
import { percentile } from "../core/latency.js";
import { go, href, replaceArgs } from "../core/route.js";
import { Answer, Badge, Empty, Search, Select, View } from "../ui/bits.jsx";
import { sorted, VirtualTable } from "../ui/table.jsx";
import { FunctionView } from "./function.jsx";

const NOBODY = { requests: 0, failures: 0, latency: {} };

const COLUMNS = [
  { name: "name", title: "Function", width: "minmax(160px, 2fr)", narrow: "minmax(0, 1fr)", sort: { by: ({ name }) => name }, cell: ({ name }) => <a href={href("functions", name)} tabIndex={-1}>{name}</a> },
  { name: "status", title: "State", width: "90px", narrow: "60px", sort: { by: ({ status }) => status }, cell: ({ status, error }) => <Badge kind={status === "ok" ? "ok" : "bad"} title={error}>{status}</Badge> },
  { name: "version", title: "Version", width: "130px", narrow: null, kind: "mono", cell: ({ version }) => short(version ?? "") },
  { name: "requests", title: "Requests", width: "110px", narrow: "74px", kind: "number", sort: { by: ({ requests }) => requests, down: true }, cell: ({ requests }) => count(requests) },
  { name: "failed", title: "Failed", width: "90px", narrow: "58px", kind: "number", sort: { by: ({ share }) => share, down: true }, cell: ({ share, failures }) => <span class={failures ? "bad-text" : "muted"}>{share === null ? "–" : percent(share)}</span> },
  { name: "p50", title: "p50", width: "90px", narrow: null, kind: "number", sort: { by: ({ p50 }) => p50, down: true }, cell: ({ p50 }) => duration(p50) },
  { name: "p95", title: "p95", width: "90px", narrow: null, kind: "number", sort: { by: ({ p95 }) => p95, down: true }, cell: ({ p95 }) => duration(p95) },
  { name: "level", title: "Snapshot", width: "110px", narrow: null, cell: ({ level }) => <span class="muted">{level || "–"}</span> },
];

export function Functions({ path, args, theme }) {
  return path.length > 0 ? <FunctionView name={path[0]} args={args} theme={theme} /> : <List args={args} />;
}

function List({ args }) {
  const { api } = useSession();
  const [typed, setTyped] = useState(args.get("q") ?? "");
  const [state, setState] = useState(args.get("state") ?? "");
  const [order, setOrder] = useState(null);
  const wanted = useSettled(typed.trim().toLowerCase(), 100);
  const functions = useAsked((signal) => api.json("functions", { signal }), [], 10_000);
  const activity = useAsked((signal) => api.json("activity/functions", { signal }), [], 5000);
  const rows = useMemo(() => (functions.value?.functions ?? []).map((row) => withActivity(row, activity.value)), [functions.value, activity.value]);
  const shown = useMemo(() => {
    const found = rows.filter(({ name, status }) => name.toLowerCase().includes(wanted) && (!state || status === state));
    return sorted(found, COLUMNS, order);
  }, [rows, wanted, state, order]);
  const search = (text) => {
    setTyped(text);
    replaceArgs({ q: text });
  };
  return (
    <View fill title="Functions" subtitle={functions.value ? `${count(shown.length)} of ${count(rows.length)}; requests, failures and latencies are of the last ten minutes.` : "What this gateway serves."}>
      <div class="bar">
        <Search value={typed} onInput={search} label="Filter functions by name" />
        <Select
          label="State"
          value={state}
          onChange={(value) => {
            setState(value);
            replaceArgs({ state: value });
          }}
          options={[["", "Every state"], ["ok", "ok"], ["broken", "broken"]]}
        />
      </div>
      <Answer of={functions} what="Asking for the functions">
        {() => (shown.length === 0 ? <Nothing some={rows.length > 0} /> : (
          <VirtualTable label="Functions" columns={COLUMNS} count={shown.length} at={(index) => shown[index]} keyOf={({ name }) => name} onOpen={({ name }) => go("functions", name)} order={order} onOrder={setOrder} />
        ))}
      </Answer>
    </View>
  );
}

function withActivity(row, activity) {
  const { requests, failures, latency } = activity?.functions?.[row.name] ?? NOBODY;
  return { ...row, requests, failures, share: requests ? failures / requests : null, p50: percentile(latency, 0.5), p95: percentile(latency, 0.95) };
}

function Nothing({ some }) {
  return some ? <Empty title="No function is called so" icon="search">Other words, or every state, may find it.</Empty> : <Empty title="No functions yet" icon="functions">Write one into the folder of packages, or send one: <code>edge deploy DIR</code>.</Empty>;
}

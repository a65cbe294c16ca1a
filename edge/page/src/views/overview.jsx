import { useMemo } from "preact/hooks";
import { bytes, count, duration, percent } from "../core/format.js";
import { useAsked, useSession } from "../core/hooks.js";
import { add, percentile } from "../core/latency.js";
import { href } from "../core/route.js";
import { columns, joined, nextSince, seenOutcomes } from "../core/series.js";
import { Answer, Badge, Facts, Problem, Rows, Section, Stat, View } from "../ui/bits.jsx";
import { Chart } from "../ui/chart.jsx";

const COLOURS = { ok: "c-ok", exception: "c-bad", timeout: "c-warn", cpu: "c-4", memory: "c-5", crash: "c-6", overloaded: "c-7", "2xx": "c-8", "3xx": "c-9", "4xx": "c-10", "5xx": "c-bad" };
const OTHERS = ["c-4", "c-5", "c-6", "c-7"];
const FINE = new Set(["ok", "canceled", "2xx", "3xx", "4xx"]);
const NAMES = { "2xx": "gateway 2xx", "3xx": "gateway 3xx", "4xx": "gateway 4xx", "5xx": "gateway 5xx" };

export const perSecond = (value) => (value === null || value === undefined ? "–" : `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : Number(value.toFixed(2))}/s`);

/** Questions about activity that go on where the last one ended. */
export function useActivity(name = "") {
  const { api } = useSession();
  const path = (before) => `activity?since=${nextSince(before)}${name ? `&function=${encodeURIComponent(name)}` : ""}`;
  return useAsked(async (signal, before) => joined(before, await api.json(path(before), { signal })), [name], 2000);
}

function totals({ samples }) {
  const sum = (pick) => samples.reduce((total, sample) => total + pick(sample), 0);
  const requests = sum((sample) => sample.requests);
  const failed = sum(({ outcomes }) => Object.entries(outcomes).reduce((total, [name, times]) => total + (FINE.has(name) ? 0 : times), 0));
  return { requests, failed, latency: samples.reduce((counts, { latency }) => add(counts, latency), {}) };
}

export function Charts({ activity, theme, gauges = false }) {
  const outcomes = useMemo(() => seenOutcomes(activity), [activity]);
  const data = useMemo(() => columns(activity, outcomes), [activity, outcomes.join()]);
  const drawn = { times: data.times, theme, window: activity.seconds };
  const coloured = outcomes.map((name, index) => ({ label: NAMES[name] ?? name, color: COLOURS[name] ?? OTHERS[index % OTHERS.length] }));
  return (
    <div class="charts">
      <Chart {...drawn} title={gauges ? "Requests" : "Invocations"} columns={[data.requests]} series={[{ label: "per second", color: "c-1" }]} format={perSecond} />
      <Chart {...drawn} title="Latency" columns={data.latency} series={[{ label: "p50", color: "c-1" }, { label: "p95", color: "c-2" }, { label: "p99", color: "c-3" }]} format={duration} />
      <Chart {...drawn} title="Outcomes" columns={data.outcomes} series={coloured} format={perSecond} stacked />
      {gauges && <Chart {...drawn} title="Isolates" columns={[data.gauge("active"), data.gauge("isolates"), data.gauge("in_flight")]} series={[{ label: "busy", color: "c-2" }, { label: "all", color: "c-1" }, { label: "requests in flight", color: "c-3" }]} format={count} steps="whole" />}
      {gauges && <Chart {...drawn} title="Memory" columns={[data.gauge("cells_memory"), data.gauge("gateway_memory")]} series={[{ label: "cells", color: "c-1" }, { label: "gateway", color: "c-2" }]} format={bytes} steps="bytes" />}
      {gauges && <Chart {...drawn} title="CPU of the gateway" columns={[slopes(data.gauge("gateway_cpu"), activity.interval)]} series={[{ label: "cores", color: "c-1" }]} format={(value) => (value === null ? "–" : value.toFixed(2))} />}
    </div>
  );
}

/** What a number grew by, per second. */
const slopes = (values, interval) => values.map((value, index) => (index === 0 || value === null || values[index - 1] === null ? null : Math.max(0, value - values[index - 1]) / interval));

export function Overview({ theme }) {
  const { api } = useSession();
  const activity = useActivity();
  const health = useAsked(async (signal) => (await api.fetch("health/detailed", { signal, any: true })).json(), [], 5000);
  return (
    <View title="Overview" subtitle="The last ten minutes of this gateway, all of its workers together.">
      {health.value?.detail?.last_reload?.ok === false && <Problem error={{ message: "The last reload of the config failed; the generation before still serves", problems: [health.value.detail.last_reload.error] }} />}
      <Answer of={activity} what="Asking what happened lately">{(value) => <Numbers activity={value} health={health.value} />}</Answer>
      {activity.value && <Charts activity={activity.value} theme={theme} gauges />}
      <Answer of={health}>{(value) => <Health health={value} />}</Answer>
    </View>
  );
}

function Numbers({ activity, health }) {
  const { requests, failed, latency } = useMemo(() => totals(activity), [activity]);
  const at = (share) => duration(percentile(latency, share, activity));
  const latest = activity.samples.findLast(({ gauges }) => gauges.isolates !== undefined)?.gauges ?? {};
  const broken = Object.keys(health?.broken ?? {}).length;
  return (
    <dl class="stats">
      <Stat label="Requests" value={count(requests)} />
      <Stat label="Failed" value={percent(requests ? failed / requests : null)} detail={`${count(failed)} requests`} kind={failed ? "bad" : ""} />
      <Stat label="p50" value={at(0.5)} />
      <Stat label="p95" value={at(0.95)} />
      <Stat label="p99" value={at(0.99)} />
      <Stat label="Functions" value={count(health?.functions)} detail={broken ? `${broken} broken` : ""} kind={broken ? "bad" : ""} />
      <Stat label="Memory" value={bytes((latest.cells_memory ?? 0) + (latest.gateway_memory ?? 0))}  />
    </dl>
  );
}

function Health({ health }) {
  const engine = health.engine ?? {};
  const broken = Object.entries(health.broken ?? {});
  const missing = Object.entries(health.sandbox?.missing ?? {});
  return (
    <div class="columns">
      {broken.length > 0 && (
        <Section title="Broken functions">
          <Rows label="Broken functions" rows={broken.slice(0, 100)} columns={[["Function", ([name]) => <a href={href("functions", name)}>{name}</a>], ["Why", ([, why]) => <code class="wrap">{why}</code>]]} />
        </Section>
      )}
      <Section title="Gateway">
        <Facts
          of={[
            ["State", <Badge kind={health.status === "ok" ? "ok" : "warn"}>{health.status}</Badge>],
            ["Version", health.version],
            ["Up for", duration(health.uptime)],
            ["Generation", <code>{health.generation}</code>],
            ["Generations so far", count(health.generations)],
            ["Engine", `${engine.mode ?? ""} · V8 ${engine.v8 ?? ""}`],
            health.workers && ["Workers", `${health.workers.filter(({ ready }) => ready).length} of ${health.workers.length} ready`],
            ["Compiled packages", `${count(health.moduleCache?.size)} in memory, ${percent(health.moduleCache?.hitRate ?? null)} hits`],
          ]}
        />
      </Section>
      {health.sandbox && (
        <Section title="Sandbox" hint={missing.length ? "What the kernel does not give here makes cells weaker." : "Each function runs in a process with these layers around it."}>
          <p class="chips">{health.sandbox.layers?.map((layer) => <Badge key={layer} kind="ok">{layer}</Badge>)}{missing.map(([layer, why]) => <Badge key={layer} kind="warn" title={why}>{layer}: {why}</Badge>)}</p>
        </Section>
      )}
      {health.cells?.length > 0 && <Cells cells={health.cells} />}
    </div>
  );
}

function Cells({ cells }) {
  const rows = [...cells].sort((a, b) => b.memory - a.memory).slice(0, 50);
  return (
    <Section title={`Cells (${cells.length})`} hint={cells.length > rows.length ? `The ${rows.length} with the most memory.` : ""}>
      <Rows
        label="Cells"
        rows={rows.map((cell) => ({ ...cell, id: cell.pid }))}
        columns={[
          ["Process", ({ pid }) => pid, "number"],
          ["Function", ({ key }) => (key ? key.split("@")[0] : <span class="muted">blank</span>)],
          ["State", ({ state }) => <Badge kind={state === "blank" ? "plain" : "ok"}>{state}</Badge>],
          ["Running", ({ running }) => running, "number"],
          ["Served", ({ served }) => count(served), "number"],
          ["Rewinds", ({ rewinding, rewinds }) => (rewinding === "yes" ? count(rewinds) : <span class="muted">{rewinding}</span>), "number"],
          ["Memory", ({ memory }) => bytes(memory), "number"],
          ["Age", ({ age }) => duration(Math.round(age)), "number"],
        ]}
      />
    </Section>
  );
}

import { useState } from "preact/hooks";
import { bytes, duration, pretty, short } from "../core/format.js";
import { query, segment } from "../core/api.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { href, replaceArgs } from "../core/route.js";
import { Answer, Badge, Button, Code, Copy, Empty, Facts, Field, Problem, Rows, Section, StatusCode, Outcome, Tabs, Time, Toggle, View } from "../ui/bits.jsx";
import { Charts, useActivity } from "./overview.jsx";
import { Recordings } from "./replay.jsx";
import { Splits } from "./splits.jsx";

const TABS = [["overview", "Overview"], ["versions", "Versions"], ["split", "Split"], ["try", "Try it"], ["recordings", "Recordings"], ["report", "Package"]];

export function FunctionView({ name, args, theme }) {
  const { api } = useSession();
  const [tab, setTab] = useState(TABS.some(([each]) => each === args.get("tab")) ? args.get("tab") : "overview");
  const found = useAsked((signal) => api.json(`functions/${segment(name)}`, { signal }), [name], 10_000);
  const select = (next) => {
    setTab(next);
    replaceArgs({ tab: next === "overview" ? "" : next });
  };
  const shown = { overview: Overview, versions: Versions, split: Split, try: Try, recordings: Recordings, report: Report };
  const Shown = shown[tab];
  return (
    <View title={name} back={[href("functions"), "Functions"]} actions={<><a class="button" href={href("logs", { function: name })}>Logs</a><a class="button" href={href("invocations", { function: name })}>Invocations</a></>}>
      <Tabs label="About this function" tabs={TABS} current={tab} onSelect={select} />
      <div role="tabpanel" aria-label={TABS.find(([each]) => each === tab)[1]} class="panel">
        <Answer of={found}>{(value) => <Shown name={name} found={value} changed={found.again} theme={theme} />}</Answer>
      </div>
    </View>
  );
}

function Overview({ name, found, theme }) {
  const activity = useActivity(name);
  const { limits = {} } = found;
  return (
    <>
      {found.status !== "ok" && <Problem error={{ message: found.error ?? "The function is broken" }} />}
      {activity.value?.samples.length > 0 ? <Charts activity={activity.value} theme={theme} /> : activity.value && <Empty title="No invocation in the last ten minutes" icon="invocations" />}
      <div class="columns">
        <Section title="What serves">
          <Facts
            of={[
              ["State", <Outcome value={found.status} />],
              ["Version", <code>{found.version ?? "–"}</code>],
              ["Package", found.package && <span class="with-copy"><code>{short(found.package, 24)}</code><Copy text={found.package} /></span>],
              ["Snapshot", found.snapshot && `${found.snapshot.level}${found.snapshot.reason ? `: ${found.snapshot.reason}` : ""}`],
              ["Isolates", found.reuse ? "used again" : "a fresh one each time"],
              ["Key-value namespace", found.kv && <a href={href("kv", found.kv)}>{found.kv}</a>],
            ]}
          />
        </Section>
        <Section title="Limits">
          <Facts
            of={[
              ["Memory", bytes(limits.memory)],
              ["Time", duration(limits.timeout)],
              ["CPU time", duration(limits.cpu)],
              ["At the same time", limits.concurrency],
              ["Waiting", limits.max_queue],
            ]}
          />
        </Section>
        <Section title="Routes">
          <Rows
            label="Routes"
            rows={found.routes ?? []}
            empty={<p class="muted">No route leads here; it can be invoked over this listener, by schedules and by other functions.</p>}
            columns={[["Path", ({ path }) => <code>{path}</code>], ["Host", ({ host }) => host || <span class="muted">every</span>], ["Methods", ({ methods }) => (methods?.length ? methods.join(", ") : <span class="muted">all</span>)]]}
          />
        </Section>
        <Section title="Environment" hint="Names only; values stay in the gateway.">
          <Facts of={[["Variables", <Names of={found.env} />], ["Secrets", <Names of={found.secrets} />]]} />
        </Section>
      </div>
    </>
  );
}

function Names({ of = [] }) {
  return of.length ? <span class="chips">{of.map((each) => <Badge key={each}>{each}</Badge>)}</span> : <span class="muted">none</span>;
}

function Versions({ name, changed }) {
  const { api, confirm, toast } = useSession();
  const versions = useAsked((signal) => api.tagged(`functions/${segment(name)}/versions`, { signal }), [name], 10_000);
  const etag = versions.value?.etag;
  const [change, busy] = useAction(async (question, method, path, done) => {
    if (question && !(await confirm(question))) return;
    await api.send(method, `functions/${segment(name)}/${path}`, undefined, { etag });
    toast(done);
    await versions.again();
    changed();
  });
  const activate = (version) => change({ title: `Activate ${version}`, text: `${version} of ${name} is built, and then serves all requests that the routes give to this function.`, action: "Activate" }, "POST", `activate${query({ version })}`, `${version} serves`);
  const rollback = () => change({ title: "Roll back", text: `The version of ${name} that served before serves again.`, action: "Roll back" }, "POST", "rollback", "Rolled back");
  const remove = (version) => change({ title: `Delete ${version}`, text: "It cannot be had back.", action: "Delete", danger: true }, "DELETE", `versions/${segment(version)}`, `${version} is gone`);
  return (
    <>
      <Section title="Upload" hint="A package as .tar.gz or .zip becomes the next version."><Upload name={name} done={() => [versions.again(), changed()]} /></Section>
      <Section title="Versions" actions={<Button role="deploy" icon="undo" busy={busy} disabled={!versions.value?.value.active} onClick={rollback}>Roll back</Button>}>
        <Answer of={versions}>
          {({ value }) => (
            <Rows
              label="Versions"
              rows={value.versions.map((each) => ({ ...each, id: each.version }))}
              empty={<Empty title="No version was uploaded" icon="upload">What serves is the package that the config names.</Empty>}
              columns={[
                ["Version", ({ version, active, aliases }) => <span class="chips"><b>{version}</b>{active && <Badge kind="ok">active</Badge>}{aliases.map((alias) => <Badge key={alias} kind="info">{alias}</Badge>)}</span>],
                ["Created", ({ created }) => <Time value={created} />],
                ["By", ({ who }) => who || "–"],
                ["Note", ({ note, problem }) => <span class="wrap">{note}{problem && <span class="bad-text"> {problem}</span>}</span>],
                ["Size", ({ size }) => bytes(size), "number"],
                ["Files", ({ files }) => files, "number"],
                ["", ({ version, active }) => !active && <span class="row-actions"><Button kind="small" role="deploy" busy={busy} onClick={() => activate(version)}>Activate</Button><Button kind="small quiet" role="deploy" icon="trash" aria-label={`Delete ${version}`} busy={busy} onClick={() => remove(version)} /></span>, "end"],
              ]}
            />
          )}
        </Answer>
      </Section>
    </>
  );
}

function Upload({ name, done }) {
  const { api, toast } = useSession();
  const [file, setFile] = useState(null);
  const [note, setNote] = useState("");
  const [activate, setActivate] = useState(true);
  const [report, setReport] = useState(null);
  const [send, busy] = useAction(async () => {
    setReport(null);
    const answer = await api.json(`functions/${segment(name)}/package${query({ note, activate: String(activate) })}`, { method: "PUT", body: file, headers: { "Content-Type": "application/octet-stream" }, timeout: 900_000 });
    toast(`${answer.version ?? "The version"} was uploaded`);
    setReport(answer);
    setFile(null);
    done();
  });
  return (
    <form
      class="form-row"
      onSubmit={(event) => {
        event.preventDefault();
        if (file) send();
      }}
    >
      <Field label="Archive">{(id) => <input id={id} type="file" accept=".zip,.gz,.tgz,.tar" key={report?.version ?? ""} onChange={(event) => setFile(event.currentTarget.files[0] ?? null)} />}</Field>
      <Field label="Note" wide>{(id) => <input id={id} value={note} maxLength={200} onInput={(event) => setNote(event.currentTarget.value)} />}</Field>
      <Toggle label="Let it serve" checked={activate} onChange={setActivate} />
      <Button type="submit" kind="primary" role="deploy" icon="upload" busy={busy} disabled={!file}>Upload</Button>
      {report?.report?.problems?.length > 0 && <Problem error={{ message: "Uploaded, with what may not work:", problems: report.report.problems }} />}
    </form>
  );
}

function Split({ name }) {
  return <Splits of={name} />;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

function Try({ name }) {
  const { api } = useSession();
  const [method, setMethod] = useState("GET");
  const [path, setPath] = useState("/");
  const [headers, setHeaders] = useState("");
  const [body, setBody] = useState("");
  const [answer, setAnswer] = useState(null);
  const [invoke, busy] = useAction(async () => {
    const began = performance.now();
    const response = await api.fetch(`invoke/${segment(name)}${path.startsWith("/") ? path : `/${path}`}`, { method, headers: parseHeaders(headers), body: ["GET", "HEAD"].includes(method) || body === "" ? undefined : body, any: true, timeout: 900_000 });
    const found = await beginning(response);
    setAnswer({ status: response.status, outcome: response.headers.get("edge-outcome"), id: response.headers.get("edge-request-id"), headers: [...response.headers], ...shownBody(found), seconds: (performance.now() - began) / 1000 });
  });
  return (
    <div class="columns even">
      <Section title="Request" hint="It goes to the function directly, past routes and what they demand.">
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            invoke();
          }}
        >
          <div class="form-row">
            <Field label="Method">{(id) => <select id={id} value={method} onChange={(event) => setMethod(event.currentTarget.value)}>{METHODS.map((each) => <option key={each}>{each}</option>)}</select>}</Field>
            <Field label="Path" wide>{(id) => <input id={id} class="mono" value={path} onInput={(event) => setPath(event.currentTarget.value)} spellcheck={false} />}</Field>
          </div>
          <Field label="Headers" hint="One on each line, as Name: value">{(id, hint) => <textarea id={id} aria-describedby={hint} class="mono" rows={3} value={headers} onInput={(event) => setHeaders(event.currentTarget.value)} spellcheck={false} />}</Field>
          <Field label="Body">{(id) => <textarea id={id} class="mono" rows={6} value={body} onInput={(event) => setBody(event.currentTarget.value)} spellcheck={false} />}</Field>
          <Button type="submit" kind="primary" role="deploy" icon="play" busy={busy}>Invoke</Button>
        </form>
      </Section>
      <Section title="Answer" actions={answer?.id && <a class="button small" href={href("invocations", answer.id)}>Invocation</a>}>
        {answer ? (
          <>
            <p class="chips"><StatusCode value={answer.status} />{answer.outcome && <Outcome value={answer.outcome} />}<span class="muted">{duration(answer.seconds)}, {bytes(answer.size)}</span></p>
            <details><summary>{answer.headers.length} headers</summary><Code label="Headers" text={answer.headers.map(([each, value]) => `${each}: ${value}`).join("\n")} /></details>
            <Code label="Body" text={answer.text} />
          </>
        ) : <Empty title="Nothing was asked yet" icon="play" />}
      </Section>
    </div>
  );
}

const LARGEST = 256 * 1024; // bytes of a body that are read
const PATIENCE = 20_000; // ms for a body that may have no end

/** `{content, whole}`: what comes first of a body, as it may be large, or go on for ever. */
async function beginning(response) {
  if (!response.body) return { content: new Uint8Array(), whole: true };
  const reader = response.body.getReader();
  const timer = setTimeout(() => reader.cancel(), PATIENCE);
  const began = performance.now();
  const pieces = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { content: joinedBytes(pieces), whole: performance.now() - began < PATIENCE };
      pieces.push(value);
      size += value.length;
      if (size > LARGEST) {
        reader.cancel();
        return { content: joinedBytes(pieces).subarray(0, LARGEST), whole: false };
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

function joinedBytes(pieces) {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function shownBody({ content, whole }) {
  const more = whole ? "" : "\n… (and more, which was not read)";
  try {
    return { size: content.length, text: new TextDecoder("utf-8", { fatal: whole }).decode(content) + more };
  } catch {
    const hex = [...content.subarray(0, 4096)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return { size: content.length, text: `(not text)\n${hex}${more}` };
  }
}

function parseHeaders(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`a header is written Name: value, and this is not: ${line}`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  }));
}

function Report({ found, name }) {
  const { api } = useSession();
  const files = useAsked((signal) => api.json(`functions/${segment(name)}/files`, { signal }), [name]);
  const { report } = found;
  return (
    <div class="columns">
      {report && (
        <Section title="Deploy report">
          <Facts
            of={[
              ["Files", report.files],
              ["Size", bytes(report.size)],
              ["Modules", `${report.modules}, ${bytes(report.modules_size)}`],
              ["Dependencies", report.dependencies],
              ["Hosts that it names", <Names of={report.capabilities?.hosts} />],
              ["Variables that it reads", <Names of={report.capabilities?.variables} />],
            ]}
          />
          {report.unsupported?.length > 0 && <Problem error={{ message: "What it imports and cannot have:", problems: report.unsupported.map((each) => (typeof each === "string" ? each : pretty(each))) }} />}
        </Section>
      )}
      <Section title="Files" hint="With the beginning of a digest of each.">
        <Answer of={files}>
          {(value) => <Rows label="Files" rows={Object.entries(value.files).slice(0, 1000)} columns={[["Path", ([path]) => <code class="wrap">{path}</code>], ["Digest", ([, digest]) => <code class="muted">{short(digest)}</code>]]} />}
        </Answer>
      </Section>
    </div>
  );
}

// Runs a recorded invocation again, with its own code or another version, and shows what was otherwise.

import { useState } from "preact/hooks";
import { query, segment } from "../core/api.js";
import { bytes, count, date, duration, plural, traced } from "../core/format.js";
import { mayAs, useAction, useAsked, useSession } from "../core/hooks.js";
import { href } from "../core/route.js";
import { Answer, Badge, Button, Code, Empty, Facts, Field, Outcome, Problem, Rows, Section, Select, StatusCode, Time } from "../ui/bits.jsx";

/** `null` for what was not recorded. */
async function recordingOf(api, id, signal) {
  try {
    return await api.json(`recordings/${segment(id)}`, { signal });
  } catch (error) {
    if (error.status === 404 || error.status === 400) return null;
    throw error;
  }
}

export function Replay({ id, invocation }) {
  const { has, who } = useSession();
  if (!has("POST", "/recordings/{recording}/replay")) return null;
  if (!mayAs(who.role, "deploy")) return <Section title="Replay"><p class="muted">Recordings take the role deploy; you have {who.role}.</p></Section>;
  return <Recorded id={id} name={String(invocation.function ?? "").split("@")[0]} />;
}

function Recorded({ id, name }) {
  const { api } = useSession();
  const found = useAsked((signal) => recordingOf(api, id, signal), [id]);
  return (
    <Answer of={found} what="Looking for a recording">
      {(value) => (value ? <Run recording={value.recording} name={value.recording.function.split("@")[0]} /> : <Section title="Replay"><p class="muted">This one was not recorded. Failures always are, others when asked for:</p><RecordNext name={name} /></Section>)}
    </Answer>
  );
}

function Run({ recording, name }) {
  const { api } = useSession();
  const [against, setAgainst] = useState("");
  const [report, setReport] = useState(null);
  const [error, setError] = useState(null);
  const versions = useAsked((signal) => api.json(`functions/${segment(name)}/versions`, { signal }), [name]);
  const choices = [["", "with its own code"], ...(versions.value?.versions ?? []).map(({ version }) => [`${name}@${version}`, `against ${version}`])];
  const [run, busy] = useAction(async () => {
    setError(null);
    setReport(null);
    try {
      setReport(await api.send("POST", `recordings/${segment(recording.id)}/replay${query({ against })}`));
    } catch (refused) {
      setError(refused);
    }
  });
  return (
    <Section
      title="Replay"
      hint="Runs it again offline: the same request, time, random numbers and answers of host calls. Nothing is reached, nothing is written."
      actions={<><Select label="Which code" value={against} options={choices} onChange={setAgainst} /><Button kind="primary" role="deploy" icon="play" busy={busy} onClick={run}>Replay</Button><Download id={recording.id} /></>}
    >
      {error && <Problem error={error} />}
      {report ? <Report report={report} /> : !error && <p class="muted">Recorded {date(recording.time)}, because of {recording.reason === "failure" ? "its failure" : recording.reason === "demand" ? "a request for it" : "sampling"}; {bytes(recording.size)}.</p>}
    </Section>
  );
}

function Download({ id }) {
  const { api } = useSession();
  const [run, busy] = useAction(async () => {
    const response = await api.fetch(`recordings/${segment(id)}/file?package=true`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = `${id.replace(/[^\w.-]+/g, "_")}.rec`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  return <Button role="deploy" icon="download" busy={busy} onClick={run} title="With its code, for edge replay FILE">File</Button>;
}

function Report({ report }) {
  return (
    <div class="replay" role="status">
      <p class="chips">
        {report.identical ? <Badge kind="ok">identical, byte for byte</Badge> : report.same ? <Badge kind="ok">the same for client, log and host</Badge> : <Badge kind="warn">{plural(report.differences.length, "difference")}</Badge>}
        <Outcome value={report.after.outcome} /><StatusCode value={report.after.status} />
        <code class="muted">{report.package}</code>
      </p>
      {report.parted && <p class="hint">Parted from the recording: {report.parted}</p>}
      {report.differences.length > 0 && (
        <ul class="plan">
          {report.differences.map((each, index) => (
            <li key={index}>
              <p><span class="muted">{each.what}</span> <b>{each.name}</b></p>
              <div class="diff">{each.before !== "" && <del>{text(each.before)}</del>}{each.after !== "" && <ins>{text(each.after)}</ins>}</div>
            </li>
          ))}
        </ul>
      )}
      {report.missing?.length > 0 && <Problem error={{ message: "Host calls that nothing was recorded for", problems: report.missing.map(text) }} />}
      {report.changed?.length > 0 && <p class="hint">A little different from what was recorded: {report.changed.map(text).join(", ")}</p>}
      {report.notes?.map((note, index) => <p key={index} class="hint">{note}</p>)}
      <div class="columns even">
        <Told title="Recorded" told={report.before} />
        <Told title="Replayed" told={report.after} />
      </div>
    </div>
  );
}

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function Told({ title, told }) {
  return (
    <div>
      <h3>{title}</h3>
      <Facts of={[["Outcome", <Outcome value={told.outcome} />], ["Status", <StatusCode value={told.status} />], ["Body", bytes(told.size)], ["Host calls", count(told.calls.length)]]} />
      {told.failure && <Code label={`${title}: failure`} text={traced(told.failure, told.stack)} />}
      {told.calls.length > 0 && <details><summary>Host calls</summary><Code label={`${title}: host calls`} text={told.calls.map(text).join("\n")} /></details>}
      {told.logs.length > 0 && <details><summary>Lines</summary><Code label={`${title}: lines`} text={told.logs.map(([level, line]) => `${level}  ${line}`).join("\n")} /></details>}
      <details><summary>Body</summary><Code label={`${title}: body`} text={told.data === null ? told.body : "(not text)"} /></details>
    </div>
  );
}

/** Asks for the next invocations of a function to be recorded. */
export function RecordNext({ name }) {
  const { api, toast } = useSession();
  const [number, setNumber] = useState("10");
  const [run, busy] = useAction(async () => {
    const asked = await api.send("POST", `functions/${segment(name)}/record${query({ count: number, for: "10m" })}`);
    toast(`The next ${count(asked.count)} invocations of ${name} will be recorded, within ${duration(asked.seconds)}`);
  });
  return (
    <form
      class="form-row"
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <Field label="Invocations">{(id) => <input id={id} type="number" min="1" max="1000" value={number} onInput={(event) => setNumber(event.currentTarget.value)} />}</Field>
      <Button type="submit" role="deploy" busy={busy} disabled={!name}>Record the next ones</Button>
    </form>
  );
}

/** All recordings of a function. */
export function Recordings({ name }) {
  const { api, who, has } = useSession();
  const may = mayAs(who.role, "read") && has("GET", "/recordings");
  const found = useAsked((signal) => (may ? api.json(`recordings${query({ function: name, limit: 200 })}`, { signal }) : Promise.resolve({ recordings: [] })), [name], 5000);
  if (!may) return <Problem error={{ status: 404, message: "there is nothing at /recordings" }} />;
  return (
    <Section title="Recordings" hint="Invocations that can be run again: failures, samples, and those that were asked for.">
      <RecordNext name={name} />
      <Answer of={found}>
        {({ recordings }) => (
          <Rows
            label="Recordings"
            rows={recordings}
            empty={<Empty title="Nothing was recorded" icon="invocations">Failures are, by themselves.</Empty>}
            columns={[
              ["When", ({ time }) => <Time value={time} />],
              ["Request", ({ method, url }) => <code class="wrap">{method} {url}</code>],
              ["Outcome", ({ outcome }) => <Outcome value={outcome} />],
              ["Status", ({ status }) => <StatusCode value={status} />],
              ["Why", ({ reason }) => reason],
              ["Took", ({ wall }) => duration(wall), "number"],
              ["Size", ({ size }) => bytes(size), "number"],
              ["", ({ id }) => <a href={href("invocations", id)}>replay</a>, "end"],
            ]}
          />
        )}
      </Answer>
    </Section>
  );
}

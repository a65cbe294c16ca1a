import { useState } from "preact/hooks";
import { query, segment } from "../core/api.js";
import { count, duration, pretty } from "../core/format.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { go, href, replaceArgs } from "../core/route.js";
import { Answer, Badge, Button, Code, Empty, Facts, Outcome, Rows, Section, Select, StatusCode, Time, View } from "../ui/bits.jsx";

const STATES = [["", "Every state"], ["queued", "queued"], ["running", "running"], ["succeeded", "succeeded"], ["failed", "failed: dead letters"], ["canceled", "canceled"]];

export function Queue({ path, args }) {
  return path.length > 0 ? <Deferred id={path[0]} /> : <List args={args} />;
}

/** What may be done about a deferred invocation. */
function useChanges(done) {
  const { api, toast } = useSession();
  const [retry, retrying] = useAction(async (id) => {
    await api.send("POST", `invocations/${segment(id)}/retry`);
    toast("Queued anew");
    await done();
  });
  const [cancel, canceling] = useAction(async (id) => {
    await api.send("DELETE", `invocations/${segment(id)}`);
    toast("Canceled");
    await done();
  });
  return { retry, cancel, busy: retrying || canceling };
}

const canRetry = ({ status }) => status === "failed" || status === "canceled";
const canCancel = ({ status }) => status === "queued" || status === "running";

function List({ args }) {
  const { api } = useSession();
  const [state, setState] = useState(args.get("status") ?? "");
  const [name] = useState(args.get("function") ?? "");
  const [cursors, setCursors] = useState([""]);
  const cursor = cursors.at(-1);
  const page = useAsked((signal) => api.json(`invocations${query({ type: "async", status: state, function: name, limit: 50, cursor })}`, { signal }), [state, name, cursor], 3000);
  const { retry, cancel, busy } = useChanges(page.again);
  return (
    <View title="Queue" subtitle="Deferred invocations, the newest first. Those that failed for good are dead letters: they can be queued anew.">
      <div class="bar">
        <Select
          label="State"
          value={state}
          options={STATES}
          onChange={(value) => {
            setState(value);
            setCursors([""]);
            replaceArgs({ status: value });
          }}
        />
        {name && <Badge kind="info">{name}</Badge>}
        <span class="spring" />
        <Button kind="small" disabled={cursors.length === 1} onClick={() => setCursors(cursors.slice(0, -1))}>Newer</Button>
        <Button kind="small" disabled={!page.value?.cursor} onClick={() => setCursors([...cursors, page.value.cursor])}>Older</Button>
      </div>
      <Answer of={page}>
        {({ invocations }) => (
          <Section title="Invocations">
            <Rows
              label="Deferred invocations"
              rows={invocations}
              empty={<Empty title={state ? "None is in this state" : "Nothing was deferred"} icon="queue"><code>POST /invoke-async/NAME</code> and <code>X-Amz-Invocation-Type: Event</code> put invocations here.</Empty>}
              columns={[
                ["Id", ({ id }) => <a href={href("queue", id)}><code>{id.slice(0, 12)}</code></a>],
                ["Function", (row) => <a href={href("functions", row.function)}>{row.function}</a>],
                ["State", ({ status }) => <Outcome value={status} />],
                ["Created", ({ created }) => <Time value={created} />],
                ["Attempts", ({ attempts, retries }) => `${count(attempts)} of ${retries + 1}`, "number"],
                ["Next", ({ next_attempt: next, finished }) => (next ? <Time value={next} /> : finished ? <Time value={finished} /> : "–")],
                ["Why", ({ reason }) => <span class="wrap">{reason}</span>],
                ["", (row) => <span class="row-actions">{canRetry(row) && <Button kind="small" role="admin" icon="retry" busy={busy} onClick={() => retry(row.id)}>Retry</Button>}{canCancel(row) && <Button kind="small" role="admin" busy={busy} onClick={() => cancel(row.id)}>Cancel</Button>}</span>, "end"],
              ]}
            />
          </Section>
        )}
      </Answer>
    </View>
  );
}

function Deferred({ id }) {
  const { api } = useSession();
  const found = useAsked((signal) => api.json(`invocations/${segment(id)}`, { signal }), [id], 3000);
  const { retry, cancel, busy } = useChanges(found.again);
  return (
    <View
      title="Deferred invocation"
      subtitle={<code>{id}</code>}
      back={[href("queue"), "Queue"]}
      actions={found.value && <>{canRetry(found.value) && <Button kind="primary" role="admin" icon="retry" busy={busy} onClick={() => retry(id)}>Retry</Button>}{canCancel(found.value) && <Button role="admin" busy={busy} onClick={() => cancel(id)}>Cancel</Button>}</>}
    >
      <Answer of={found}>{(value) => <Detail value={value} />}</Answer>
    </View>
  );
}

function Detail({ value }) {
  return (
    <div class="columns">
      <Section title="State">
        <Facts
          of={[
            ["State", <Outcome value={value.status} />],
            ["Function", <a href={href("functions", value.function)}>{value.function}</a>],
            ["Created", <Time value={value.created} />],
            value.finished && ["Finished", <Time value={value.finished} />],
            value.next_attempt && ["Next attempt", <Time value={value.next_attempt} />],
            value.reason && ["Why", value.reason],
            value.idempotency_key && ["Idempotency key", <code>{value.idempotency_key}</code>],
            value.dead_letter_of && ["Dead letter of", <button type="button" class="link" onClick={() => go("queue", value.dead_letter_of)}>{value.dead_letter_of}</button>],
          ]}
        />
      </Section>
      <Section title="Attempts">
        <Rows
          label="Attempts"
          rows={(Array.isArray(value.attempts) ? value.attempts : []).map((each, index) => ({ ...each, id: index }))}
          empty={<p class="muted">None yet.</p>}
          columns={[
            ["Started", ({ started }) => <Time value={started} />],
            ["Outcome", ({ outcome }) => <Outcome value={outcome} />],
            ["Status", ({ status }) => <StatusCode value={status} />],
            ["Took", ({ wall, duration: took }) => duration(wall ?? took), "number"],
            ["Error", ({ error }) => <span class="wrap">{error}</span>],
            ["", ({ request_id: request }) => request && <a href={href("invocations", request)}>invocation</a>, "end"],
          ]}
        />
      </Section>
      {value.result && (
        <Section title="Result">
          <p class="chips"><StatusCode value={value.result.status} />{value.result.truncated && <Badge kind="warn">cut off</Badge>}</p>
          <Code label="Result" text={value.result.isBase64Encoded ? `(base64)\n${value.result.body}` : pretty(value.result.body)} />
        </Section>
      )}
    </div>
  );
}

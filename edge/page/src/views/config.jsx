import { useMemo, useState } from "preact/hooks";
import { ApiError } from "../core/api.js";
import { bytes, count, duration } from "../core/format.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { Answer, Badge, Button, Empty, Facts, Problem, Search, Section, View } from "../ui/bits.jsx";

const MARKS = { add: ["ok", "+"], remove: ["bad", "−"], change: ["warn", "~"] };

export function Config() {
  const { api } = useSession();
  const config = useAsked((signal) => api.json("config", { signal }), [], 10_000);
  const limits = useAsked((signal) => api.json("limits", { signal }), []);
  return (
    <View title="Config" subtitle="What serves now. It is changed in its file; a plan shows what that would do before it is done.">
      <Change done={config.again} />
      <div class="columns">
        <Answer of={limits}>{(value) => <Limits limits={value} />}</Answer>
      </div>
      <Answer of={config}>{(value) => <Present config={value} />}</Answer>
    </View>
  );
}

function Change({ done }) {
  const { api, toast, confirm } = useSession();
  const [plan, setPlan] = useState(null);
  const [error, setError] = useState(null);
  const [ask, planning] = useAction(async () => {
    setError(null);
    setPlan(null);
    try {
      setPlan(await api.send("POST", "config/plan"));
    } catch (refused) {
      setError(refused);
    }
  });
  const [reload, reloading] = useAction(async () => {
    if (!plan && !(await confirm({ title: "Reload without a plan?", text: "The config is read, every package is built, and then it serves. When anything is wrong, nothing changes.", action: "Reload" }))) return;
    setError(null);
    try {
      const { changed, generation } = await api.send("POST", "config/reload");
      toast(changed ? `Generation ${generation} serves` : "Nothing was different");
      setPlan(null);
      done();
    } catch (refused) {
      setError(refused instanceof ApiError ? refused : new ApiError(0, "", String(refused)));
    }
  });
  return (
    <Section title="Change" actions={<><Button busy={planning} onClick={ask}>Plan</Button><Button kind="primary" role="deploy" icon="retry" busy={reloading} onClick={reload}>Reload</Button></>}>
      {error && <Problem error={error} />}
      {plan ? <Plan plan={plan} /> : !error && <p class="muted">A plan compares the config file and the packages, as they are on disk now, with what serves.</p>}
    </Section>
  );
}

function Plan({ plan }) {
  const same = plan.changes.length === 0 && !plan.problems?.length;
  return (
    <div role="status">
      {plan.problems?.length > 0 && <Problem error={{ message: "A reload would fail", problems: plan.problems.map(String) }} />}
      {same && <Empty title="A reload would change nothing" icon="check" />}
      <ul class="plan">
        {plan.changes.map((change) => (
          <li key={`${change.what} ${change.name}`}>
            <p><Mark of={change.action} /> <span class="muted">{change.what}</span> <b>{change.name}</b></p>
            {change.details?.length > 0 && <ul>{change.details.map((each, index) => <li key={index}><Mark of={each.action} /> <span class="muted">{each.what}</span> <code>{each.name}</code>{(each.before || each.after) && <span> <code class="before">{each.before || "nothing"}</code> → <code class="after">{each.after || "nothing"}</code></span>}</li>)}</ul>}
          </li>
        ))}
      </ul>
      <Capabilities title="May from then on" of={plan.new} kind="warn" />
      <Capabilities title="May no more" of={plan.gone} kind="plain" />
      {plan.restart?.length > 0 && <p class="hint">Waits for the next start: {plan.restart.map((each) => (typeof each === "string" ? each : each.name ?? JSON.stringify(each))).join(", ")}</p>}
      {plan.notes?.map((note, index) => <p key={index} class="hint">{typeof note === "string" ? note : JSON.stringify(note)}</p>)}
    </div>
  );
}

function Mark({ of }) {
  const [kind, sign] = MARKS[of] ?? ["plain", "?"];
  return <Badge kind={kind} title={of}><span aria-hidden="true">{sign}</span><span class="hidden">{of}</span></Badge>;
}

function Capabilities({ title, of, kind }) {
  if (!of?.length) return null;
  return <><h3>{title}</h3><p class="chips">{of.map((each) => <Badge key={JSON.stringify(each)} kind={kind}>{each.function}: {each.kind} {each.name}</Badge>)}</p></>;
}

const SIZES = new Set(["memory", "max_body", "max_headers", "max_payload", "max_result", "max_size"]);
const TIMES = new Set(["timeout", "cpu", "wait_until", "idle_timeout", "grace", "retention", "dead_letter_retention"]);

function Limits({ limits }) {
  return Object.entries(limits).map(([part, values]) => (
    <Section key={part} title={`Limits: ${part}`}>
      <Facts of={Object.entries(values).map(([name, value]) => [name.replaceAll("_", " "), SIZES.has(name) ? bytes(value) : TIMES.has(name) ? duration(value) : count(value)])} />
    </Section>
  ));
}

/** Every value with its path: `server.listen[0]`. */
function flat(value, path = "", found = []) {
  if (value !== null && typeof value === "object" && Object.keys(value).length > 0) {
    for (const [name, inner] of Object.entries(value)) flat(inner, Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name, found);
  } else found.push([path, JSON.stringify(value)]);
  return found;
}

const MOST = 400;

function Present({ config }) {
  const [typed, setTyped] = useState("");
  const all = useMemo(() => flat(config), [config]);
  const wanted = typed.trim().toLowerCase();
  const found = all.filter(([path, text]) => !wanted || path.toLowerCase().includes(wanted) || text.toLowerCase().includes(wanted));
  return (
    <Section title="What serves" actions={<Search value={typed} onInput={setTyped} label="Filter keys and values" />} hint="Secrets are masked.">
      {found.length === 0 ? <Empty title="No key and no value is so" icon="search" /> : (
        <dl class="flat">{found.slice(0, MOST).map(([path, text]) => [<dt key={path}><code>{path}</code></dt>, <dd key={`${path}:`}><code class="wrap">{text}</code></dd>])}</dl>
      )}
      {found.length > MOST && <p class="hint">{count(found.length - MOST)} more; filter to see them.</p>}
    </Section>
  );
}

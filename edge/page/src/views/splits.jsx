// Who gets which version: sliders that always come to 100.

import { useState } from "preact/hooks";
import { query } from "../core/api.js";
import { count, date, percent } from "../core/format.js";
import { moved, shares } from "../core/shares.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { Answer, Badge, Button, Empty, Section } from "../ui/bits.jsx";

/** All splits, or those in which a function has a part. */
export function Splits({ of = "" }) {
  const { api } = useSession();
  const splits = useAsked((signal) => api.tagged("splits", { signal }), [], 3000);
  return (
    <Answer of={splits}>
      {({ value, etag }) => {
        const shown = value.splits.filter(({ weights, config }) => !of || Object.keys({ ...config, ...weights }).some((target) => target.split("@")[0] === of));
        if (shown.length === 0) return <Empty title="No route splits requests here" icon="functions">A route with <code>split = {"{"} "{of || "hello"}@v3" = 90, "{of || "hello"}@v4" = 10 {"}"}</code> does.</Empty>;
        return shown.map((split) => <Split key={split.route} split={split} etag={etag} again={splits.again} />);
      }}
    </Answer>
  );
}

function Split({ split, etag, again }) {
  const { api, toast } = useSession();
  const [draft, setDraft] = useState(null);
  const present = shares(split.weights);
  const shown = draft ?? present;
  const [apply, busy] = useAction(async () => {
    await api.send("PUT", `splits${query({ route: split.route })}`, { weights: draft }, { etag });
    toast(`${split.route} splits anew`);
    setDraft(null);
    await again();
  });
  const [reset, resetting] = useAction(async () => {
    await api.send("DELETE", `splits${query({ route: split.route })}`, undefined, { etag });
    toast(`${split.route} splits as the config says`);
    setDraft(null);
    await again();
  });
  const overridden = split.set && Object.keys(split.set).length > 0;
  const dirty = draft !== null && Object.keys(draft).some((name) => draft[name] !== present[name]);
  return (
    <Section
      title={split.route}
      actions={
        <>
          {dirty && <Button onClick={() => setDraft(null)}>Discard</Button>}
          {overridden && !dirty && <Button role="deploy" busy={resetting} icon="undo" onClick={reset}>As in the config</Button>}
          <Button kind="primary" role="deploy" busy={busy} disabled={!dirty} onClick={apply}>Apply</Button>
        </>
      }
    >
      {overridden && <p class="hint">Set by {split.set.who || "somebody"} {split.set.at || split.set.time ? `on ${date(split.set.at ?? split.set.time)}` : ""}{split.set.why || split.set.reason ? `: ${split.set.why ?? split.set.reason}` : ""}. The config says {Object.entries(split.config).map(([name, weight]) => `${name} = ${weight}`).join(", ")}.</p>}
      <div class="split-bar" aria-hidden="true">{Object.entries(shown).map(([name, share], index) => <i key={name} style={{ flexGrow: share, background: `var(--c-${(index % 6) + 1})` }} />)}</div>
      {Object.entries(shown).map(([name, share], index) => {
        const found = split.versions.find(({ version }) => version === name) ?? {};
        return (
          <div key={name} class="split-row">
            <label for={`${split.route} ${name}`}><i style={{ background: `var(--c-${(index % 6) + 1})` }} /> <code>{name}</code></label>
            <input id={`${split.route} ${name}`} type="range" min="0" max="100" step="1" value={share} aria-valuetext={`${share} percent`} onInput={(event) => setDraft(moved(shown, name, Number(event.currentTarget.value)))} />
            <output>{share} %</output>
            <span class="muted small">{count(found.requests)} requests{found.failures ? <Badge kind="bad">{percent(found.failures / found.requests)} failed</Badge> : ""}{found.timeouts ? <Badge kind="warn">{count(found.timeouts)} timeouts</Badge> : ""}</span>
          </div>
        );
      })}
      {split.watched && Object.keys(split.watched).length > 0 && <p class="hint">Watched: a version that fails too often is taken back by itself.</p>}
    </Section>
  );
}

import { useState } from "preact/hooks";
import { query } from "../core/api.js";
import { count } from "../core/format.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { replaceArgs } from "../core/route.js";
import { Badge, Button, Code, Empty, Facts, Field, Problem, Rows, Section, View } from "../ui/bits.jsx";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

export function Egress({ args }) {
  const { api } = useSession();
  const [name, setName] = useState(args.get("function") ?? "");
  const functions = useAsked((signal) => api.json("functions", { signal }), []);
  const pick = (value) => {
    setName(value);
    replaceArgs({ function: value });
  };
  return (
    <View title="Egress" subtitle="What functions may reach, why, and the smallest allow list that does.">
      <datalist id="functions">{(functions.value?.functions ?? []).map((each) => <option key={each.name} value={each.name} />)}</datalist>
      <div class="columns even">
        <Explain name={name} pick={pick} />
        <Suggest name={name} pick={pick} />
      </div>
    </View>
  );
}

function FunctionField({ name, pick, hint }) {
  return <Field label="Function" hint={hint}>{(id, about) => <input id={id} aria-describedby={about} list="functions" value={name} onInput={(event) => pick(event.currentTarget.value)} spellcheck={false} autocomplete="off" />}</Field>;
}

function Explain({ name, pick }) {
  const { api } = useSession();
  const [url, setUrl] = useState("");
  const [method, setMethod] = useState("GET");
  const [verdict, setVerdict] = useState(null);
  const [error, setError] = useState(null);
  const [ask, busy] = useAction(async () => {
    setError(null);
    try {
      setVerdict(await api.json(`egress/explain${query({ function: name.trim(), url: url.trim(), method })}`));
    } catch (refused) {
      setVerdict(null);
      setError(refused);
    }
  });
  return (
    <Section title="Explain" hint="Nothing is sent; names are looked up.">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <FunctionField name={name} pick={pick} hint="Empty: one that says nothing itself" />
        <div class="form-row">
          <Field label="Method">{(id) => <select id={id} value={method} onChange={(event) => setMethod(event.currentTarget.value)}>{METHODS.map((each) => <option key={each}>{each}</option>)}</select>}</Field>
          <Field label="URL" wide>{(id) => <input id={id} class="mono" value={url} onInput={(event) => setUrl(event.currentTarget.value)} placeholder="https://api.example.com/v1" spellcheck={false} required data-search />}</Field>
        </div>
        <Button type="submit" kind="primary" busy={busy} disabled={!url.trim()}>Explain</Button>
      </form>
      {error && <Problem error={error} />}
      {verdict && <Verdict verdict={verdict} />}
    </Section>
  );
}

function Verdict({ verdict }) {
  return (
    <div class={`verdict ${verdict.allowed ? "ok" : "bad"}`} role="status">
      <p><Badge kind={verdict.allowed ? "ok" : "bad"}>{verdict.allowed ? "allowed" : "denied"}</Badge> {verdict.reason}</p>
      <Facts
        of={[
          ["Request", <code class="wrap">{verdict.method} {verdict.url}</code>],
          verdict.stage && ["Decided by", verdict.stage],
          verdict.rule && ["Rule", <code class="wrap">{verdict.rule}</code>],
          Object.keys(verdict.addresses ?? {}).length > 0 && ["Addresses", <span class="chips">{Object.entries(verdict.addresses).map(([address, kind]) => <Badge key={address} kind={kind === "public" ? "plain" : "warn"}>{address} {kind}</Badge>)}</span>],
        ]}
      />
    </div>
  );
}

function Suggest({ name, pick }) {
  const { api } = useSession();
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  const [ask, busy] = useAction(async () => {
    setError(null);
    try {
      setFound(await api.json(`egress/suggest${query({ function: name.trim() })}`));
    } catch (refused) {
      setFound(null);
      setError(refused);
    }
  });
  return (
    <Section title="Suggest" hint="From what a function did while it had egress = { learn = true }.">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          ask();
        }}
      >
        <FunctionField name={name} pick={pick} />
        <Button type="submit" kind="primary" busy={busy} disabled={!name.trim()}>Suggest</Button>
      </form>
      {error && <Problem error={error} />}
      {found && (
        <>
          <p class="chips">{found.learning ? <Badge kind="info">learning</Badge> : <Badge>not learning</Badge>}<span class="muted">{count(found.requests)} requests seen{found.missed ? `, ${count(found.missed)} beyond what is remembered` : ""}</span></p>
          {found.requests > 0 || found.allow.length > 0 ? <Code label="Allow list as TOML" text={found.toml} /> : <Empty title="Nothing was learned yet" icon="egress">Let it learn, use the function, and look again.</Empty>}
          {found.refused.length > 0 && (
            <>
              <h3>Refused meanwhile</h3>
              <Rows label="Refused" rows={found.refused} columns={[["Place", (row) => <code class="wrap">{`${row.scheme ?? ""}${row.scheme ? "://" : ""}${row.host ?? ""}${row.port ? `:${row.port}` : ""}`}</code>], ["Why", ({ stage, reason }) => reason ?? stage ?? ""], ["Times", (row) => count(row.count), "number"]]} />
            </>
          )}
        </>
      )}
    </Section>
  );
}

import { useState } from "preact/hooks";
import { query } from "../core/api.js";
import { bytes, count, percent } from "../core/format.js";
import { useAction, useAsked, useSession } from "../core/hooks.js";
import { Answer, Button, Field, Section, Stat, View } from "../ui/bits.jsx";

const KINDS = [["url", "this URL"], ["prefix", "URLs that begin with"], ["tag", "this tag"], ["function", "answers of the function"], ["everything", "everything"]];

export function CacheView() {
  const { api } = useSession();
  const usage = useAsked((signal) => api.json("cache", { signal }), [], 5000);
  return (
    <View title="Cache" subtitle="Answers that routes with a cache keep.">
      <Answer of={usage}>
        {(value) => (
          <dl class="stats">
            <Stat label="Entries" value={count(value.entries)} />
            <Stat label="Size" value={bytes(value.bytes)} detail={`${percent(value.limit ? value.bytes / value.limit : null)} of ${bytes(value.limit)}`} />
            <Stat label="Purges" value={count(value.purges)} />
          </dl>
        )}
      </Answer>
      <Purge done={usage.again} />
    </View>
  );
}

function Purge({ done }) {
  const { api, toast, confirm } = useSession();
  const [kind, setKind] = useState("url");
  const [value, setValue] = useState("");
  const all = kind === "everything";
  const [purge, busy] = useAction(async () => {
    if (all && !(await confirm({ title: "Forget every answer?", text: "Functions will have to answer all of them anew.", action: "Forget all", danger: true }))) return;
    const { purged } = await api.send("POST", `cache/purge${query({ [kind]: all ? "true" : value.trim() })}`);
    toast(`${count(purged)} answers are forgotten`);
    done();
  });
  return (
    <Section title="Purge">
      <form
        class="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          purge();
        }}
      >
        <Field label="Forget">{(id) => <select id={id} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>{KINDS.map(([name, text]) => <option key={name} value={name}>{text}</option>)}</select>}</Field>
        {!all && <Field label="Which" wide>{(id) => <input id={id} class="mono" value={value} onInput={(event) => setValue(event.currentTarget.value)} spellcheck={false} data-search />}</Field>}
        <Button type="submit" kind={all ? "danger" : "primary"} role="deploy" busy={busy} disabled={!all && !value.trim()}>Forget</Button>
      </form>
    </Section>
  );
}

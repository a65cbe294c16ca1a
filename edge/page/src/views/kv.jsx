import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, query, segment } from "../core/api.js";
import { bytes, count, date, relative } from "../core/format.js";
import { useAction, useAsked, useSession, useSettled } from "../core/hooks.js";
import { go, href } from "../core/route.js";
import { Answer, Badge, Button, Empty, Facts, Field, Problem, Rows, Search, Section, View } from "../ui/bits.jsx";
import { Dialog } from "../ui/dialog.jsx";
import { VirtualTable } from "../ui/table.jsx";

const PAGE = 500;
const LARGEST = 1024 * 1024; // bytes of a value that can be edited here
const KINDS = [["json", "application/json"], ["text", "text/plain"], ["bytes", "application/octet-stream"]];

export function KeyValues({ path }) {
  return path.length > 0 ? <Namespace name={path[0]} /> : <Namespaces />;
}

function Namespaces() {
  const { api } = useSession();
  const [name, setName] = useState("");
  const spaces = useAsked((signal) => api.json("kv", { signal }), [], 10_000);
  return (
    <View title="Key-value" subtitle="Namespaces and what they hold.">
      <form
        class="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) go("kv", name.trim());
        }}
      >
        <Field label="Open a namespace">{(id) => <input id={id} class="mono" value={name} onInput={(event) => setName(event.currentTarget.value)} placeholder="name" spellcheck={false} data-search />}</Field>
        <Button type="submit" disabled={!name.trim()}>Open</Button>
      </form>
      <Answer of={spaces}>
        {({ namespaces }) => (
          <Section title={`Namespaces (${count(namespaces.length)})`}>
            <Rows
              label="Namespaces"
              rows={namespaces.map((each) => ({ ...each, id: each.name }))}
              empty={<Empty title="No namespace holds anything" icon="kv">A function writes with <code>kv.set(key, value)</code>.</Empty>}
              columns={[
                ["Namespace", ({ name: each }) => <a href={href("kv", each)}><code>{each}</code></a>],
                ["", ({ name: each }) => each.startsWith(":") && <Badge title="The gateway keeps this for itself">internal</Badge>],
                ["Entries", ({ entries }) => count(entries), "number"],
                ["Size", ({ bytes: size }) => bytes(size), "number"],
              ]}
            />
          </Section>
        )}
      </Answer>
    </View>
  );
}

const COLUMNS = [
  { name: "key", title: "Key", width: "minmax(200px, 3fr)", narrow: "minmax(0, 1fr)", kind: "mono", cell: ({ key }) => key },
  { name: "expires", title: "Expires", width: "130px", narrow: "90px", cell: ({ expires_at: at }) => (at ? <time title={date(at)}>{relative(at)}</time> : <span class="muted">never</span>) },
  { name: "metadata", title: "Metadata", width: "minmax(80px, 1fr)", narrow: null, kind: "mono", cell: ({ metadata }) => (metadata === undefined || metadata === null ? "" : JSON.stringify(metadata)) },
];

/** Pages of keys, one behind the other. */
function useKeys(name, prefix) {
  const { api } = useSession();
  const [version, setVersion] = useState(0);
  const [more, setMore] = useState({ keys: [], cursor: null, busy: false, error: null });
  const ask = useCallback((cursor, signal) => api.json(`kv/${segment(name)}${query({ prefix, limit: PAGE, cursor })}`, { signal }), [name, prefix]);
  const first = useAsked((signal) => ask("", signal), [name, prefix, version]);
  useEffect(() => setMore({ keys: [], cursor: first.value?.cursor ?? null, busy: false, error: null }), [first.value]);
  const next = async () => {
    const { cursor } = more;
    setMore((before) => ({ ...before, busy: true }));
    try {
      const page = await ask(cursor);
      setMore((before) => (before.cursor === cursor ? { keys: [...before.keys, ...page.keys], cursor: page.cursor, busy: false, error: null } : before));
    } catch (error) {
      setMore((before) => ({ ...before, busy: false, error }));
    }
  };
  return { first, keys: [...(first.value?.keys ?? []), ...more.keys], more, next, again: () => setVersion((before) => before + 1) };
}

function Namespace({ name }) {
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(null);
  const [importing, setImporting] = useState(false);
  const prefix = useSettled(typed, 250);
  const { first, keys, more, next, again } = useKeys(name, prefix);
  const done = () => {
    setOpen(null);
    again();
  };
  return (
    <View
      fill
      title={name}
      back={[href("kv"), "Key-value"]}
      actions={
        <>
          <Export name={name} prefix={prefix} />
          <Button role="admin" icon="upload" onClick={() => setImporting(true)}>Import</Button>
          <Button kind="primary" role="admin" icon="plus" onClick={() => setOpen({ key: "", isNew: true })}>New key</Button>
        </>
      }
    >
      <div class="bar">
        <Search value={typed} onInput={setTyped} label="Keys that begin with" />
        <span class="muted small" role="status">{count(keys.length)} keys{more.cursor ? ", and more" : ""}</span>
        {more.cursor && <Button kind="small" busy={more.busy} onClick={next}>Load {PAGE} more</Button>}
      </div>
      {more.error && <Problem error={more.error} again={next} />}
      <Answer of={first} what="Asking for keys">
        {() => (keys.length === 0 ? <Empty title={prefix ? "No key begins so" : "This namespace is empty"} icon="kv" /> : (
          <VirtualTable label="Keys" columns={COLUMNS} count={keys.length} at={(index) => keys[index]} keyOf={({ key }) => key} onOpen={({ key }) => setOpen({ key })} height={34} />
        ))}
      </Answer>
      {open && <Entry namespace={name} entry={open} onClose={() => setOpen(null)} onDone={done} />}
      {importing && <Import name={name} onClose={() => setImporting(false)} onDone={() => [setImporting(false), again()]} />}
    </View>
  );
}

/** A value as it can be shown: its kind, and its text when it is some. */
async function readValue(response) {
  const content = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get("content-type") ?? "";
  const kind = type.startsWith("application/json") ? "json" : type.startsWith("text/") ? "text" : "bytes";
  const facts = { kind, size: content.length, etag: response.headers.get("etag"), expires: Number(response.headers.get("edge-expires-at")) || null, metadata: decoded(response.headers.get("edge-metadata")) };
  if (content.length > LARGEST) return { ...facts, text: null };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    return { ...facts, text: kind === "json" ? indented(text) : text };
  } catch {
    return { ...facts, text: null };
  }
}

/** JSON with line breaks, when that changes no value: numbers of more digits than a double has stay as they are. */
function indented(text) {
  try {
    const value = JSON.parse(text);
    return JSON.stringify(value) === compact(text) ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}

/** JSON without the spaces between its tokens. */
const compact = (text) => text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");

function decoded(header) {
  if (!header) return null;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(header), (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
}

function Entry({ namespace, entry, onClose, onDone }) {
  const { api } = useSession();
  const [state, setState] = useState(entry.isNew ? { value: { kind: "json", text: "", size: 0 } } : {});
  useEffect(() => {
    if (entry.isNew) return undefined;
    const control = new AbortController();
    api.fetch(`kv/${segment(namespace)}/${encodeURIComponent(entry.key)}`, { signal: control.signal }).then(readValue).then((value) => setState({ value }), (error) => control.signal.aborted || setState({ error }));
    return () => control.abort();
  }, []);
  return (
    <Dialog title={entry.isNew ? "New key" : entry.key} onClose={onClose} side>
      {state.error && <Problem error={state.error} />}
      {!state.error && !state.value && <p class="loading">Reading…</p>}
      {state.value && <Editor namespace={namespace} entry={entry} value={state.value} onDone={onDone} />}
    </Dialog>
  );
}

function Editor({ namespace, entry, value, onDone }) {
  const { api, toast, confirm } = useSession();
  const [key, setKey] = useState(entry.key);
  const [kind, setKind] = useState(value.kind);
  const [text, setText] = useState(value.text ?? "");
  const [ttl, setTtl] = useState("");
  const path = `kv/${segment(namespace)}/${encodeURIComponent(key)}`;
  const [save, saving] = useAction(async () => {
    if (kind === "json") {
      try {
        JSON.parse(text);
      } catch (error) {
        throw new ApiError(400, "", `The value is not JSON: ${error.message}`);
      }
    }
    if (!entry.isNew && value.expires && !ttl && !(await confirm({ title: "Keep it for ever?", text: "This value expires. Saved without a time to live it stays.", action: "Save for ever" }))) return;
    if (value.metadata && !(await confirm({ title: "Drop the metadata?", text: "A value that is saved here has none.", action: "Save without" }))) return;
    await api.json(`${path}${query({ ttl })}`, { method: "PUT", body: text, headers: { "Content-Type": KINDS.find(([name]) => name === kind)[1] } });
    toast(`${key} was saved`);
    onDone();
  });
  const [remove, removing] = useAction(async () => {
    if (!(await confirm({ title: `Delete ${entry.key}?`, text: `From the namespace ${namespace}, for ever.`, action: "Delete", danger: true }))) return;
    await api.json(path, { method: "DELETE" });
    toast(`${entry.key} is gone`);
    onDone();
  });
  const editable = value.text !== null;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (key) save();
      }}
    >
      {entry.isNew && <Field label="Key">{(id) => <input id={id} class="mono" value={key} onInput={(event) => setKey(event.currentTarget.value)} autofocus spellcheck={false} />}</Field>}
      {!entry.isNew && <Facts of={[["Kind", value.kind], ["Size", bytes(value.size)], value.expires && ["Expires", `${relative(value.expires)} (${date(value.expires)})`], value.metadata && ["Metadata", <code class="wrap">{value.metadata}</code>]]} />}
      {editable ? (
        <>
          <Field label="Value">{(id) => <textarea id={id} class="mono" rows={16} value={text} onInput={(event) => setText(event.currentTarget.value)} spellcheck={false} autofocus={!entry.isNew} />}</Field>
          <div class="form-row">
            <Field label="Kind">{(id) => <select id={id} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>{KINDS.map(([name]) => <option key={name} value={name}>{name}</option>)}</select>}</Field>
            <Field label="Time to live" hint="Such as 30s, 10m, 7d; empty for ever">{(id, hint) => <input id={id} aria-describedby={hint} value={ttl} onInput={(event) => setTtl(event.currentTarget.value)} pattern="[1-9][0-9]*(ms|s|m|h|d)" />}</Field>
          </div>
        </>
      ) : <p class="hint">{value.size > LARGEST ? `A value of ${bytes(value.size)} is too large to be edited here` : "These bytes are no text"}; use <code>edge kv get</code> and <code>edge kv set</code>.</p>}
      <div class="dialog-actions">
        {!entry.isNew && <Button kind="danger" role="admin" icon="trash" busy={removing} onClick={remove}>Delete</Button>}
        <span class="spring" />
        {editable && <Button type="submit" kind="primary" role="admin" busy={saving} disabled={!key}>Save</Button>}
      </div>
    </form>
  );
}

function Export({ name, prefix }) {
  const { api } = useSession();
  const [run, busy] = useAction(async () => {
    const response = await api.fetch(`kv/${segment(name)}/export${query({ prefix })}`, { method: "POST", timeout: 0 });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = `${name.replace(/[^\w.-]+/g, "_")}.ndjson`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  return <Button icon="download" busy={busy} onClick={run}>Export</Button>;
}

function Import({ name, onClose, onDone }) {
  const { api, toast, confirm } = useSession();
  const [file, setFile] = useState(null);
  const [mode, setMode] = useState("merge");
  const [run, busy] = useAction(async () => {
    if (mode === "replace" && !(await confirm({ title: `Replace all of ${name}?`, text: "Everything that the namespace holds is deleted first.", action: "Replace", danger: true, word: name }))) return;
    const { imported } = await api.json(`kv/${segment(name)}/import${query({ mode })}`, { method: "POST", body: file, headers: { "Content-Type": "application/x-ndjson" }, timeout: 600_000 });
    toast(`${count(imported)} entries were imported`);
    onDone();
  });
  return (
    <Dialog title={`Import into ${name}`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (file) run();
        }}
      >
        <Field label="File" hint="As an export has it: one entry of JSON on each line">{(id, hint) => <input id={id} aria-describedby={hint} type="file" accept=".ndjson,.jsonl,.json,application/x-ndjson" onChange={(event) => setFile(event.currentTarget.files[0] ?? null)} />}</Field>
        <Field label="What is there already">{(id) => <select id={id} value={mode} onChange={(event) => setMode(event.currentTarget.value)}><option value="merge">stays, where the file says nothing else</option><option value="replace">goes</option></select>}</Field>
        <div class="dialog-actions"><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary" role="admin" icon="upload" busy={busy} disabled={!file}>Import</Button></div>
      </form>
    </Dialog>
  );
}

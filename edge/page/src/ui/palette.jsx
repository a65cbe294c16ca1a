import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { KEYS } from "../core/shortcuts.js";
import { useAsked, useSession } from "../core/hooks.js";
import { go } from "../core/route.js";
import { VIEWS } from "../views/index.jsx";
import { Dialog } from "./dialog.jsx";
import { Icon } from "./icon.jsx";

const MOST = 12;

/** How well `text` fits what was typed: 0 not at all. */
function fit(text, typed) {
  const at = text.toLowerCase().indexOf(typed);
  if (at < 0) return 0;
  return at === 0 ? 3 : /[\s/_-]/.test(text[at - 1]) ? 2 : 1;
}

export function Palette({ onClose }) {
  const { api } = useSession();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(null);
  const functions = useAsked((signal) => api.json("functions", { signal }), []);
  const spaces = useAsked((signal) => api.json("kv", { signal }), []);
  const all = useMemo(() => [
    ...VIEWS.map(({ name, title }) => ({ icon: name, title, to: name === "overview" ? [] : [name], what: "View" })),
    ...(functions.value?.functions ?? []).map(({ name }) => ({ icon: "functions", title: name, to: ["functions", name], what: "Function" })),
    ...(spaces.value?.namespaces ?? []).map(({ name }) => ({ icon: "kv", title: name, to: ["kv", name], what: "Namespace" })),
  ], [functions.value, spaces.value]);
  const found = useMemo(() => {
    const words = typed.trim().toLowerCase();
    if (!words) return all.slice(0, MOST);
    return all.map((each) => [fit(each.title, words), each]).filter(([score]) => score > 0).sort(([a], [b]) => b - a).slice(0, MOST).map(([, each]) => each);
  }, [all, typed]);
  const choose = (each) => {
    onClose();
    if (each) go(...each.to);
  };
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) setAt((before) => (before + step + found.length) % found.length);
    else if (event.key === "Enter") choose(found[at]);
    else return;
    event.preventDefault();
  };
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <Dialog title="Go to" onClose={onClose}>
      <div class="palette">
        <input
          autofocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[at] ? `palette-${at}` : undefined}
          aria-label="Where to go"
          placeholder="A view, a function, a namespace"
          value={typed}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <ul id="palette-list" role="listbox" aria-label="Places" ref={list}>
          {found.map((each, index) => (
            <li key={`${each.what} ${each.title}`} id={`palette-${index}`} role="option" aria-selected={index === at} onClick={() => choose(each)} onMouseMove={() => setAt(index)}>
              <Icon name={each.icon} /> <span>{each.title}</span> <span class="muted">{each.what}</span>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="muted">Nothing is called so.</p>}
      </div>
    </Dialog>
  );
}

export function Help({ onClose }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys">
        {[...KEYS, ...VIEWS.map(({ key, title }) => [`g ${key}`, title])].map(([keys, what]) => [
          <dt key={keys}>{keys.split(" ").map((each, index) => (each === "or" ? " or " : <kbd key={index}>{each}</kbd>))}</dt>, <dd key={`${keys}:`}>{what}</dd>,
        ])}
      </dl>
    </Dialog>
  );
}

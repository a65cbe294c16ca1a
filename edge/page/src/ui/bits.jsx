// Small parts of which views are made.

import { useId, useState } from "preact/hooks";
import { relative, date } from "../core/format.js";
import { mayAs, useSession } from "../core/hooks.js";
import { Icon } from "./icon.jsx";

export function Badge({ kind = "plain", children, title }) {
  return <span class={`badge ${kind}`} title={title}>{children}</span>;
}

const KINDS = { ok: "ok", succeeded: "ok", running: "info", queued: "info", waiting: "info", canceled: "plain", broken: "bad", failed: "bad", overloaded: "warn", timeout: "warn", cpu: "warn" };

/** How an invocation ended, or what state something is in. */
export function Outcome({ value }) {
  return value ? <Badge kind={KINDS[value] ?? "bad"}>{value}</Badge> : <span class="muted">–</span>;
}

export function StatusCode({ value }) {
  if (!value) return <span class="muted">–</span>;
  return <Badge kind={value >= 500 ? "bad" : value >= 400 ? "warn" : "ok"}>{value}</Badge>;
}

export function Time({ value, now }) {
  return <time title={date(value)} dateTime={String(value ?? "")}>{relative(value, now)}</time>;
}

/** A button that does something that takes `role`; without that it says so. */
export function Button({ kind = "", icon, role, busy, disabled, title, children, ...rest }) {
  const { who } = useSession();
  const refused = role && !mayAs(who.role, role);
  const why = refused ? `This takes the role ${role}; you have ${who.role}` : title;
  return (
    <button type="button" class={`button ${kind}`} disabled={disabled || busy || refused} title={why} aria-busy={busy || undefined} {...rest}>
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function Field({ label, hint, children, wide }) {
  const id = useId();
  return (
    <div class={`field ${wide ? "wide" : ""}`}>
      <label for={id}>{label}</label>
      {children(id, hint ? `${id}-hint` : undefined)}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

export function Search({ value, onInput, label, placeholder = label }) {
  return (
    <div class="search">
      <Icon name="search" />
      <input type="search" value={value} onInput={(event) => onInput(event.currentTarget.value)} aria-label={label} placeholder={placeholder} data-search spellcheck={false} autocomplete="off" />
    </div>
  );
}

export function Empty({ title, children, icon = "empty" }) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

/** What went wrong, and a way to try again. */
export function Problem({ error, again }) {
  const missing = error.status === 404 && /nothing at/.test(error.message);
  return (
    <div class="problem" role="alert">
      <Icon name="alert" />
      <div>
        <p><strong>{missing ? "This gateway does not offer that" : error.message}</strong></p>
        {missing && <p>Its version has no such endpoint. All that it has is in <a href="/openapi.json">openapi.json</a>.</p>}
        {error.problems?.length > 0 && <ul>{error.problems.map((line) => <li key={line}><code>{line}</code></li>)}</ul>}
        {error.requestId && <p class="muted small">request {error.requestId}</p>}
      </div>
      {again && !missing && <Button onClick={again} icon="retry">Try again</Button>}
    </div>
  );
}

export function Loading({ what = "Loading" }) {
  return <div class="loading" role="status"><span class="spinner" aria-hidden="true" /> {what}…</div>;
}

/** A question's answer: what is shown while there is none, when there cannot be one, and when there is. */
export function Answer({ of, children, what }) {
  if (of.value === undefined) return of.error ? <Problem error={of.error} again={of.again} /> : <Loading what={what} />;
  return (
    <>
      {of.error && <Stale error={of.error} again={of.again} />}
      {children(of.value)}
    </>
  );
}

function Stale({ error, again }) {
  return (
    <div class="stale" role="status">
      <Icon name="alert" /> What you see is old: {error.message}. <button type="button" class="link" onClick={again}>Try again</button>
    </div>
  );
}

export function Stat({ label, value, detail, kind = "" }) {
  return (
    <div class={`stat ${kind}`}>
      <dt>{label}</dt>
      <dd>{value}{detail && <span class="detail">{detail}</span>}</dd>
    </div>
  );
}

export function Copy({ text, label = "Copy" }) {
  const { toast } = useSession();
  const copy = () => navigator.clipboard.writeText(text).then(() => toast("Copied"), () => toast("The browser does not let this page copy", "bad"));
  return <button type="button" class="icon-button" onClick={copy} aria-label={`${label}: ${text.slice(0, 40)}`} title={label}><Icon name="copy" /></button>;
}

export function Code({ text, label }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label} role="region">{text}</pre>
      <Copy text={text} />
    </div>
  );
}

/** Tabs by the pattern of ARIA: arrows move between them. */
export function Tabs({ tabs, current, onSelect, label }) {
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(([name]) => name === current);
    const [next] = tabs[(at + step + tabs.length) % tabs.length];
    onSelect(next);
    event.currentTarget.querySelector(`[data-tab="${next}"]`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(([name, title]) => (
        <button key={name} type="button" role="tab" data-tab={name} aria-selected={name === current} tabIndex={name === current ? 0 : -1} onClick={() => onSelect(name)}>{title}</button>
      ))}
    </div>
  );
}

export function Section({ title, actions, children, hint }) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header><h2 id={id}>{title}</h2>{actions && <div class="actions">{actions}</div>}</header>
      {hint && <p class="hint">{hint}</p>}
      {children}
    </section>
  );
}

/** Name and value, many times. */
export function Facts({ of }) {
  return (
    <dl class="facts">
      {of.filter(Boolean).map(([name, value]) => [<dt key={`${name}:`}>{name}</dt>, <dd key={name}>{value ?? "–"}</dd>])}
    </dl>
  );
}

export function View({ title, subtitle, actions, children, fill = false, back }) {
  return (
    <div class={`view ${fill ? "fill" : ""}`}>
      <div class="view-head">
        <div>
          {back && <a class="back" href={back[0]}><Icon name="back" /> {back[1]}</a>}
          <h1 tabIndex={-1} id="title">{title}</h1>
          {subtitle && <p class="subtitle">{subtitle}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

export function Select({ value, onChange, options, label, ...rest }) {
  return (
    <select value={value} onChange={(event) => onChange(event.currentTarget.value)} aria-label={label} {...rest}>
      {options.map(([each, text]) => <option key={each} value={each}>{text}</option>)}
    </select>
  );
}

export function Toggle({ label, checked, onChange }) {
  return <label class="toggle"><input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} /> {label}</label>;
}

/** A plain table for a few rows. */
export function Rows({ label, columns, rows, empty }) {
  if (rows.length === 0) return empty ?? null;
  return (
    <div class="scroll-x" role="region" aria-label={label} tabIndex={0}>
      <table class="rows">
        <caption class="hidden">{label}</caption>
        <thead><tr>{columns.map(([name, , kind]) => <th key={name} scope="col" class={kind}>{name || <span class="hidden">Actions</span>}</th>)}</tr></thead>
        <tbody>{rows.map((row, index) => <tr key={row.key ?? row.id ?? index}>{columns.map(([name, cell, kind]) => <td key={name} class={kind}>{cell(row)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

export const useField = (first = "") => {
  const [value, set] = useState(first);
  return [value, (event) => set(typeof event === "string" ? event : event.currentTarget.value), set];
};

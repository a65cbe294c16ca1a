import { useAsked, useSession } from "../core/hooks.js";
import { href } from "../core/route.js";
import { GROUPS, VIEWS } from "../views/index.jsx";
import { Icon } from "./icon.jsx";

const THEMES = { auto: ["auto", "Theme: as the system"], light: ["sun", "Theme: light"], dark: ["moon", "Theme: dark"] };

export function Navigation({ current, theme, signOut, open, navigating, setNavigating }) {
  const { api, who } = useSession();
  // What /ready says is open to everybody, also with 503.
  const state = useAsked(async (signal) => (await api.fetch("ready", { signal, any: true })).json(), [], 5000);
  const [icon, text] = THEMES[theme.choice];
  return (
    <>
      <header class="topbar">
        <button type="button" class="icon-button" aria-expanded={navigating} aria-controls="navigation" aria-label="Menu" onClick={() => setNavigating(!navigating)}><Icon name={navigating ? "close" : "menu"} /></button>
        <span class="brand">edge</span>
        <State of={state} />
      </header>
      <nav id="navigation" aria-label="Views">
        <div class="nav-head">
          <a class="brand" href={href()}><Mark /> edge</a>
          <State of={state} />
        </div>
        <button type="button" class="go-anywhere" onClick={() => open("palette")}><Icon name="search" /> Go to… <kbd>Ctrl K</kbd></button>
        {GROUPS.map((group) => (
          <div key={group} class="nav-group" role="group" aria-label={group}>
            <p aria-hidden="true">{group}</p>
            <ul>
              {VIEWS.filter((view) => view.group === group).map(({ name, title, key }) => (
                <li key={name}>
                  <a href={name === "overview" ? href() : href(name)} aria-current={name === current ? "page" : undefined}>
                    <Icon name={name} /> {title} <kbd aria-hidden="true">g {key}</kbd>
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <div class="nav-foot">
          <p class="who" title={`Role: ${who.role}`}><span>{who.name}</span> <span class="badge plain">{who.role}</span></p>
          <div>
            <button type="button" class="icon-button" onClick={theme.next} aria-label={text} title={text}><Icon name={icon} /></button>
            <button type="button" class="icon-button" onClick={() => open("help")} aria-label="Keyboard shortcuts" title="Keyboard shortcuts"><Icon name="keyboard" /></button>
            {signOut && <button type="button" class="icon-button" onClick={signOut} aria-label="Sign out" title="Sign out"><Icon name="out" /></button>}
          </div>
        </div>
      </nav>
      {navigating && <div class="shade" onClick={() => setNavigating(false)} />}
    </>
  );
}

export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent-solid)" /><path d="M9 10h14M9 16h9M9 22h14" stroke="#fff" stroke-width="3" stroke-linecap="round" />
    </svg>
  );
}

function State({ of }) {
  if (of.error) return <span class="state bad" title={of.error.message}><i /> unreachable</span>;
  if (!of.value) return <span class="state" />;
  const failed = of.value.detail?.last_reload?.ok === false;
  if (!of.value.ready) return <span class="state warn"><i /> not ready</span>;
  return failed ? <a class="state warn" href={href("config")} title="The last reload of the config failed"><i /> reload failed</a> : <span class="state ok"><i /> ready</span>;
}

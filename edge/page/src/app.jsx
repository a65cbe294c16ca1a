// The frame around the views: who looks, what there is, where to go.

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Api, ApiError } from "./core/api.js";
import { Session } from "./core/hooks.js";
import { useRoute } from "./core/route.js";
import { useShortcuts } from "./core/shortcuts.js";
import { Loading, Problem } from "./ui/bits.jsx";
import { Boundary } from "./ui/boundary.jsx";
import { Confirm } from "./ui/dialog.jsx";
import { Navigation } from "./ui/navigation.jsx";
import { Help, Palette } from "./ui/palette.jsx";
import { Toasts, useToasts } from "./ui/toasts.jsx";
import { Login } from "./views/login.jsx";
import { NotFound, VIEWS } from "./views/index.jsx";

const api = new Api();

/** Whether the gateway has an operation, from its OpenAPI document. */
const offers = (document) => (method, path) => document.paths?.[path]?.[method.toLowerCase()] !== undefined;

export function App({ theme }) {
  const [state, setState] = useState({ phase: "starting" });
  const start = useCallback(async () => {
    setState({ phase: "starting" });
    try {
      const [who, document] = await Promise.all([api.json("whoami"), api.json("openapi.json")]);
      setState({ phase: "in", who, has: offers(document), version: document.info?.version ?? "" });
    } catch (error) {
      const phase = error instanceof ApiError && error.status === 401 ? "login" : "failed";
      setState({ phase, error, refused: phase === "login" && api.hasToken });
    }
  }, []);
  useEffect(() => {
    api.onRefused(() => setState((before) => (before.phase === "in" ? { phase: "login", refused: true } : before)));
    start();
  }, []);
  if (state.phase === "starting") return <main class="center"><Loading what="Asking the gateway" /></main>;
  if (state.phase === "failed") return <main class="center"><h1 class="hidden">edge</h1><Problem error={state.error} again={start} /></main>;
  if (state.phase === "login") {
    const signIn = (token) => {
      api.signIn(token);
      start();
    };
    return <Login refused={state.refused} signIn={signIn} theme={theme} />;
  }
  const signOut = () => {
    api.signIn("");
    setState({ phase: "login", refused: false });
  };
  return <Frame {...state} theme={theme} signOut={api.hasToken ? signOut : null} />;
}

function Frame({ who, has, version, theme, signOut }) {
  const route = useRoute();
  const [toasts, toast] = useToasts();
  const [question, setQuestion] = useState(null);
  const [open, setOpen] = useState("");
  const [navigating, setNavigating] = useState(false);
  const confirm = useCallback((asked) => new Promise((resolve) => setQuestion({ ...asked, resolve })), []);
  const session = useMemo(() => ({ api, who, has, version, toast, confirm }), [who, has, version]);
  const name = route.path[0] ?? "overview";
  const view = VIEWS.find((each) => each.name === name);
  const place = route.path.join("/");
  useShortcuts({ theme, open: setOpen, blocked: Boolean(open || question) });
  useArrival(place, view);
  useEffect(() => {
    setNavigating(false);
    setQuestion((asked) => {
      asked?.resolve(false);
      return null;
    });
  }, [place]);
  const answer = (value) => {
    question.resolve(value);
    setQuestion(null);
  };
  const Shown = view?.view ?? NotFound;
  return (
    <Session.Provider value={session}>
      <a class="skip" href="#main" onClick={skip}>Skip to content</a>
      <div class={`frame ${navigating ? "navigating" : ""}`}>
        <Navigation current={name} theme={theme} signOut={signOut} open={setOpen} navigating={navigating} setNavigating={setNavigating} />
        <main id="main" tabIndex={-1} data-place={place}>
          <Boundary key={`${place}?${route.args}`}><Shown path={route.path.slice(1)} args={route.args} theme={theme.shown} /></Boundary>
        </main>
      </div>
      {open === "palette" && <Palette onClose={() => setOpen("")} />}
      {open === "help" && <Help onClose={() => setOpen("")} />}
      {question && <Confirm question={question} answer={answer} />}
      <Toasts toasts={toasts} toast={toast} />
    </Session.Provider>
  );
}

const skip = (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
};

/** Another place: its title, and the focus where its content begins. */
function useArrival(place, view) {
  const first = useRef(true);
  useEffect(() => {
    const rest = place.split("/").slice(1).join(" / ");
    document.title = `${rest ? `${rest} · ` : ""}${view?.title ?? "Not found"} · edge`;
    if (!first.current) document.getElementById("title")?.focus({ preventScroll: true });
    first.current = false;
    document.getElementById("main").scrollTop = 0;
  }, [place]);
}

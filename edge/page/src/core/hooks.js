import { createContext } from "preact";
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export const Session = createContext(null);

/** `{api, who, has(method, path), may(role), toast(text, kind), confirm(question)}`. */
export const useSession = () => useContext(Session);

const RANKS = { read: 0, deploy: 1, admin: 2 };
export const mayAs = (own, needed) => RANKS[own] >= RANKS[needed];

const isHidden = () => document.visibilityState === "hidden";

/**
 * `{value, error, loading, again}` of a question that is asked time and again (every `interval` ms, 0 for once).
 *
 * The value before stays while another one is asked for, and when that fails.  A page that nobody sees asks nothing; one
 * that gets no answers asks less and less often.  `ask(signal, before)` gets a signal that ends with the component.
 */
export function useAsked(ask, dependencies, interval = 0) {
  const [state, setState] = useState({ value: undefined, error: null, loading: true });
  const again = useRef(() => {});
  useEffect(() => {
    const control = new AbortController();
    let timer = 0;
    let failures = 0;
    let running = null;
    let once = false; // more, when this answer has come: something was changed meanwhile
    let value;
    setState({ value: undefined, error: null, loading: true });
    const later = () => {
      clearTimeout(timer);
      if (interval && !control.signal.aborted) timer = setTimeout(start, isHidden() ? 3_600_000 : interval * Math.min(8, 2 ** failures));
    };
    const run = async () => {
      try {
        value = await ask(control.signal, value);
        failures = 0;
        if (!control.signal.aborted) setState({ value, error: null, loading: false });
      } catch (error) {
        failures += 1;
        if (!control.signal.aborted) setState({ value, error, loading: false });
      }
      if (once && !control.signal.aborted) {
        once = false;
        await run();
      }
    };
    const start = () => {
      running ??= run().finally(() => {
        running = null;
        later();
      });
      return running;
    };
    const seen = () => {
      if (interval && !isHidden()) start();
    };
    again.current = () => {
      once = running !== null;
      return start();
    };
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    start();
    return () => {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("online", seen);
    };
  }, dependencies);
  return { ...state, again: useCallback(() => again.current(), []) };
}

/** Something that a user does: `[run, busy]`; what fails is told. */
export function useAction(act) {
  const { toast } = useSession();
  const [busy, setBusy] = useState(false);
  const latest = useRef(act);
  latest.current = act;
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const run = useCallback(async (...given) => {
    setBusy(true);
    try {
      return await latest.current(...given);
    } catch (error) {
      if (error.name !== "AbortError") toast([error.message, ...(error.problems ?? [])].join("\n"), "bad");
      return undefined;
    } finally {
      if (alive.current) setBusy(false);
    }
  }, []);
  return [run, busy];
}

/** The size of an element, and the ref for it. */
export function useSize() {
  const ref = useRef(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

const narrow = matchMedia("(max-width: 860px)");

/** Whether the window is as narrow as base.css says that one is. */
export function useNarrow() {
  const [found, setFound] = useState(narrow.matches);
  useEffect(() => {
    const changed = () => setFound(narrow.matches);
    narrow.addEventListener("change", changed);
    return () => narrow.removeEventListener("change", changed);
  }, []);
  return found;
}

/** `value`, once it has not changed for `ms`. */
export function useSettled(value, ms = 200) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

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
    let running = false;
    let value;
    setState({ value: undefined, error: null, loading: true });
    const later = () => {
      clearTimeout(timer);
      if (interval && !control.signal.aborted) timer = setTimeout(run, isHidden() ? 3_600_000 : interval * Math.min(8, 2 ** failures));
    };
    const run = async () => {
      if (running) return;
      running = true;
      try {
        value = await ask(control.signal, value);
        failures = 0;
        if (!control.signal.aborted) setState({ value, error: null, loading: false });
      } catch (error) {
        failures += 1;
        if (!control.signal.aborted) setState({ value, error, loading: false });
      } finally {
        running = false;
        later();
      }
    };
    const seen = () => {
      if (interval && !isHidden()) run();
    };
    again.current = run;
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    run();
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

/** `value`, once it has not changed for `ms`. */
export function useSettled(value, ms = 200) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

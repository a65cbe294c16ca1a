import { useCallback, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.jsx";

const STAY = 5000; // ms; what went wrong stays until it is closed
const MOST = 4;

export function useToasts() {
  const [toasts, setToasts] = useState([]);
  const last = useRef(0);
  const toast = useCallback((text, kind = "ok") => {
    if (typeof text === "number") {
      setToasts((before) => before.filter(({ id }) => id !== text));
      return;
    }
    const id = (last.current += 1);
    setToasts((before) => [...before.slice(1 - MOST), { id, text, kind }]);
    if (kind !== "bad") setTimeout(() => setToasts((before) => before.filter((each) => each.id !== id)), STAY);
  }, []);
  return [toasts, toast];
}

export function Toasts({ toasts, toast }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, kind }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind === "bad" ? "alert" : "check"} />
          <p>{text}</p>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => toast(id)}><Icon name="close" size={14} /></button>
        </div>
      ))}
    </div>
  );
}

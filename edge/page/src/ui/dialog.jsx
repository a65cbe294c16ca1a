// Dialogs are the browser's own: they keep the focus inside, close with Escape, and give the focus back.

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.jsx";

export function Dialog({ title, onClose, children, wide = false, side = false, actions }) {
  const ref = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`${wide ? "wide" : ""} ${side ? "side" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog">
        <header><h2 id={id}>{title}</h2><button type="button" class="icon-button" onClick={onClose} aria-label="Close"><Icon name="close" /></button></header>
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}

/** `{title, text, action, danger, word}`; with `word` it must be typed.  `answer(true)` does it. */
export function Confirm({ question, answer }) {
  const [typed, setTyped] = useState("");
  const ready = !question.word || typed === question.word;
  return (
    <Dialog title={question.title} onClose={() => answer(false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) answer(true);
        }}
      >
        <p>{question.text}</p>
        {question.word && <label class="field">Type <code>{question.word}</code> to go on<input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} autocomplete="off" spellcheck={false} autofocus /></label>}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={() => answer(false)}>Cancel</button>
          <button type="submit" class={`button ${question.danger ? "danger" : "primary"}`} disabled={!ready} autofocus={!question.word}>{question.action}</button>
        </div>
      </form>
    </Dialog>
  );
}

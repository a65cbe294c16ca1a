// Keys, when nobody writes: `g` and a letter goes somewhere, `/` searches, `?` tells them all.

import { useEffect, useRef } from "preact/hooks";
import { VIEWS } from "../views/index.jsx";
import { go } from "./route.js";

const PATIENCE = 1200; // ms between the two keys of one shortcut

export const KEYS = [
  ["Ctrl K", "Go anywhere: views, functions, namespaces"],
  ["/", "Search or filter what is shown"],
  ["?", "This list"],
  ["t", "Theme: system, light, dark"],
  ["↑ ↓ or j k", "Move in a table"],
  ["Enter", "Open the row"],
  ["Esc", "Close"],
];

const isWriting = (element) => element instanceof HTMLElement && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName));

/** `blocked` while a dialog is open: as of the latest drawing, however soon the next key comes. */
export function useShortcuts({ theme, open, blocked }) {
  const latest = useRef({});
  latest.current = { theme, blocked };
  useEffect(() => {
    let since = -Infinity;
    const pressed = (event) => {
      const now = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.altKey) {
        event.preventDefault();
        if (!now.blocked) open("palette");
        return;
      }
      if (now.blocked || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const going = event.timeStamp - since < PATIENCE;
      since = -Infinity;
      if (going) {
        const view = VIEWS.find(({ key }) => key === event.key);
        if (!view) return;
        go(...(view.name === "overview" ? [] : [view.name]));
      } else if (event.key === "g") since = event.timeStamp;
      else if (event.key === "?") open("help");
      else if (event.key === "t") now.theme.next();
      else if (event.key === "/") {
        const field = document.querySelector("main [data-search]");
        if (!field) return;
        field.focus();
        field.select();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

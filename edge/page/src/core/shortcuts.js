// Keys, when nobody writes: `g` and a letter goes somewhere, `/` searches, `?` tells them all.

import { useEffect } from "preact/hooks";
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

export function useShortcuts({ theme, open, blocked }) {
  useEffect(() => {
    let since = -Infinity;
    const pressed = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.altKey) {
        event.preventDefault();
        if (!blocked) open("palette");
        return;
      }
      if (blocked || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const going = event.timeStamp - since < PATIENCE;
      since = -Infinity;
      if (going) {
        const view = VIEWS.find(({ key }) => key === event.key);
        if (!view) return;
        go(...(view.name === "overview" ? [] : [view.name]));
      } else if (event.key === "g") since = event.timeStamp;
      else if (event.key === "?") open("help");
      else if (event.key === "t") theme.next();
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
  }, [theme.choice, blocked]);
}

// Dark, light, or what the system says ("auto"); remembered in this browser.

import { useEffect, useState } from "preact/hooks";

const KEY = "edge-theme";
const CHOICES = ["auto", "light", "dark"];
const dark = matchMedia("(prefers-color-scheme: dark)");

function remembered() {
  try {
    const found = localStorage.getItem(KEY);
    return CHOICES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}

/** `{choice, shown, next()}`: what was chosen, and what that comes to. */
export function useTheme() {
  const [choice, setChoice] = useState(remembered);
  const [isDark, setIsDark] = useState(dark.matches);
  const shown = choice === "auto" ? (isDark ? "dark" : "light") : choice;
  // At once, not in an effect: charts read the colours while they are drawn.
  if (document.documentElement.dataset.theme !== shown) document.documentElement.dataset.theme = shown;
  useEffect(() => {
    const changed = () => setIsDark(dark.matches);
    dark.addEventListener("change", changed);
    return () => dark.removeEventListener("change", changed);
  }, []);
  const next = () => {
    const chosen = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // then only this page has it
    }
    setChoice(chosen);
  };
  return { choice, shown, next };
}

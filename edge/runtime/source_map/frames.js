// The text of a stack: frames of the function alone, each with its place in the sources that its author wrote.

import { ReflectApply, RegExpPrototypeExec, StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith } from '../bootstrap/primordials.js';
import { callSite, headOf } from '../bootstrap/stack_trace.js';
import { authorsPlace } from './places.js';

const RUNTIME = 'edge:runtime';
// What V8 calls functions without a name in a module: `eval (PLACE)`, `async eval (PLACE)`, `Type.eval (PLACE)`.
const NAMELESS = /^(async )?(?:([\w$.]+)\.)?eval \((.*)\)$/;

function placed(site, file, text) {
  const line = ReflectApply(callSite.getLineNumber, site, []);
  const column = ReflectApply(callSite.getColumnNumber, site, []);
  const place = `${file}:${line}:${column}`;
  const at = StringPrototypeLastIndexOf(text, place);
  if (at < 0) return text;
  return StringPrototypeSlice(text, 0, at) + authorsPlace(file, line, column) + StringPrototypeSlice(text, at + place.length);
}

function frame(site, file) {
  let text = ReflectApply(callSite.toString, site, []);
  if (typeof file === 'string') text = placed(site, file, text);
  const nameless = RegExpPrototypeExec(NAMELESS, text);
  if (nameless === null) return `\n    at ${text}`;
  return `\n    at ${nameless[1] ?? ''}${nameless[2] === undefined ? nameless[3] : `${nameless[2]}.<anonymous> (${nameless[3]})`}`;
}

/** What `error.stack` is. */
export function formatStack(error, sites) {
  let text = headOf(error);
  // Builtins that the runtime called: shown when it was the function that did.
  let builtins = '';
  for (let i = 0; i < sites.length; i++) {
    const file = ReflectApply(callSite.getScriptNameOrSourceURL, sites[i], []);
    if (typeof file !== 'string') builtins += frame(sites[i], file);
    else if (StringPrototypeStartsWith(file, RUNTIME)) builtins = '';
    else {
      text += builtins + frame(sites[i], file);
      builtins = '';
    }
  }
  return text + builtins;
}

/** Runs a recorded invocation again; shown when the gateway can. */
export function Replay() {
  return null;
}

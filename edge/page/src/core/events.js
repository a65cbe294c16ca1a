// Server-sent events from a fetch, because EventSource cannot send a token.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

const LONGEST = 1024 * 1024; // characters of one event; more is no event of the gateway's

/** Takes text in pieces of any size, and calls `emit({id, event, data})` for each event. */
export class EventParser {
  #rest = "";
  #data = [];
  #size = 0;
  #event = "";
  #id = "";
  #emit;

  constructor(emit) {
    this.#emit = emit;
  }

  push(text) {
    const whole = this.#rest + text;
    // A CR at the end may be the first half of CR LF.
    const usable = whole.endsWith("\r") ? whole.slice(0, -1) : whole;
    const lines = usable.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() + whole.slice(usable.length);
    if (this.#rest.length > LONGEST) throw new Error("an event of the gateway has no end");
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment: the stream is alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.#size += value.length;
      if (this.#size > LONGEST) throw new Error("an event of the gateway has no end");
      this.#data.push(value);
    } else if (field === "event") this.#event = value;
    else if (field === "id") this.#id = value;
    return undefined;
  }

  #dispatch() {
    if (this.#data.length > 0) this.#emit({ id: this.#id, event: this.#event || "message", data: this.#data.join("\n") });
    this.#data = [];
    this.#size = 0;
    this.#event = "";
  }
}

/** Reads events until the stream ends or `signal` says so. */
export async function readEvents(response, emit) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser(emit);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.push(value);
  }
}

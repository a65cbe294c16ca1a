// Questions to the admin API.  The token is in the memory of this tab and in its sessionStorage, and goes nowhere but
// into the header `Authorization`.

const KEY = "edge-admin-token";
const TIMEOUT = 30_000; // ms; of what may take longer, the caller says so

/** What the gateway refused, or that it cannot be reached (status 0). */
export class ApiError extends Error {
  constructor(status, code, message, problems = [], requestId = "") {
    super(message);
    this.status = status;
    this.code = code;
    this.problems = problems;
    this.requestId = requestId;
  }
}

function remembered() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // storage may be forbidden; then the token lives as long as the page
  }
}

function remember(token) {
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    // see above
  }
}

/** A header takes characters of one byte each; the gateway compares bytes of UTF-8. */
const octets = (text) => String.fromCharCode(...new TextEncoder().encode(text));

/** A signal that says so as soon as one of both does; either may be missing. */
function either(one, other) {
  if (!one || !other) return one ?? other;
  const control = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) control.abort(signal.reason);
    signal.addEventListener("abort", () => control.abort(signal.reason), { signal: control.signal });
  }
  return control.signal;
}

async function failure(response) {
  const text = await response.text().catch(() => "");
  let error = {};
  try {
    error = JSON.parse(text).error ?? {};
  } catch {
    // not one of the gateway's own errors
  }
  const message = error.message ?? (text.slice(0, 500) || `the gateway answered ${response.status}`);
  const problems = Array.isArray(error.problems) ? error.problems.map(String) : [];
  return new ApiError(response.status, String(error.code ?? ""), String(message), problems, String(error.request_id ?? ""));
}

export class Api {
  #token = remembered();
  #refused = () => {};

  /** `refused` is called when the gateway asks for a token, or another one. */
  onRefused(refused) {
    this.#refused = refused;
  }

  get hasToken() {
    return this.#token !== "";
  }

  signIn(token) {
    this.#token = token;
    remember(token);
  }

  /** A Response with a good status.  Throws ApiError, and AbortError when `signal` says so. */
  async fetch(path, { method = "GET", headers = {}, body, signal, timeout = TIMEOUT, any = false } = {}) {
    const limit = timeout ? AbortSignal.timeout(timeout) : undefined;
    const sent = new Headers(headers);
    if (this.#token) sent.set("Authorization", `Bearer ${octets(this.#token)}`);
    let response;
    try {
      response = await fetch(path, {
        method,
        headers: sent,
        body,
        signal: either(signal, limit),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (limit?.aborted) throw new ApiError(0, "no_answer", `no answer within ${timeout / 1000} s`);
      throw new ApiError(0, "unreachable", "the gateway cannot be reached");
    }
    if (response.ok || any) return response;
    if (response.status === 401) this.#refused();
    throw await failure(response);
  }

  async json(path, options) {
    const response = await this.fetch(path, { ...options, headers: { Accept: "application/json", ...options?.headers } });
    if (response.status === 204) return null;
    try {
      return await response.json();
    } catch (error) {
      if (options?.signal?.aborted) throw error;
      throw new ApiError(response.status, "bad_answer", "the answer cannot be read as JSON");
    }
  }

  /** `{value, etag}`: what is to be changed later, with `If-Match`. */
  async tagged(path, options) {
    const response = await this.fetch(path, { ...options, headers: { Accept: "application/json", ...options?.headers } });
    return { value: await response.json(), etag: response.headers.get("etag") ?? "" };
  }

  send(method, path, value, { etag, ...options } = {}) {
    const headers = { ...(value === undefined ? {} : { "Content-Type": "application/json" }), ...(etag ? { "If-Match": etag } : {}) };
    return this.json(path, { method, headers, body: value === undefined ? undefined : JSON.stringify(value), timeout: 600_000, ...options });
  }
}

/** One segment of a path. */
export const segment = (text) => encodeURIComponent(text).replace(/^\.+$/, (dots) => "%2E".repeat(dots.length));

/** `?a=b`, without what is empty. */
export function query(values) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== "" && value !== undefined && value !== null) parts.set(name, value);
  const text = parts.toString();
  return text ? `?${text}` : "";
}

// What AsyncLocalStorage keeps along with the invocation whose code runs.

export class AsyncFrame {
  #invocation;
  #values;

  constructor(invocation, values) {
    this.#invocation = invocation;
    this.#values = values;
  }

  /** The invocation that an async context tells of: a frame's, or the context itself. */
  static invocationOf(context) { return #invocation in context ? context.#invocation : context; }

  /** The values of a context: a map that is never changed, or null. */
  static valuesOf(context) { return context !== undefined && #values in context ? context.#values : null; }
}

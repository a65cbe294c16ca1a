/** First argument of the constructors by which the runtime wraps an inner object: user code does not have it. */
export const INTERNAL = { __proto__: null };

// What there is at run time: the names of all globals, and the members of those that are classes or objects.

const named = (key) => (typeof key === 'symbol' ? key.description : key);
const keys = (value) => Reflect.ownKeys(value).map(named);
const SIMPLE = ['length', 'name', 'prototype', 'caller', 'arguments'];

function look(name) {
  const value = globalThis[name];
  if (typeof value === 'function') {
    return {
      kind: 'function',
      statics: keys(value).filter((key) => !SIMPLE.includes(key)),
      members: typeof value.prototype === 'object' && value.prototype !== null ? keys(value.prototype).filter((key) => key !== 'constructor') : [],
    };
  }
  return { kind: typeof value, members: typeof value === 'object' && value !== null && value !== globalThis ? keys(value) : [] };
}

export default {
  fetch() {
    const names = Reflect.ownKeys(globalThis).filter((key) => typeof key === 'string');
    return Response.json(Object.fromEntries(names.map((name) => [name, look(name)])));
  },
};

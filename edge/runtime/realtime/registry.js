// How the runtime recognises a RealtimeNamespace without loading the class: until it is loaded, nobody can have made one.

let holds = () => false;

/** Called by the module that has the class, when it is loaded. */
export function recogniseNamespacesBy(check) {
  holds = check;
}

export function isNamespace(value) {
  return holds(value);
}

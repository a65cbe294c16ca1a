// How the runtime recognises a FormData without loading the class: until it is loaded, nobody can have made one.

let holds = () => false;

/** Called by the module that has the class, when it is loaded. */
export function recogniseFormsBy(check) {
  holds = check;
}

export function isFormData(value) {
  return holds(value);
}

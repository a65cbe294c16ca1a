// How much a set of headers may hold.  The gateway sends less of an answer (512 headers, 256 KiB in all): these limits keep
// a function from spending its time on headers that nobody will see.  Node takes 2,000 fields of a message; servers in
// front of functions stop at 16 to 128 KiB.

const MAX_FIELDS = 2000;
const MAX_TEXT = 262144; // characters of one name or value
const MAX_TOTAL = 1048576; // characters of all names and values

/** What is wrong with one more name or value of `length` characters; '' when there is room. */
export function textComplaint(length) {
  return length > MAX_TEXT ? `a header's name or value has ${length} characters, over the limit of ${MAX_TEXT}` : '';
}

/** What is wrong with so many fields, with so many characters in all; '' when there is room. */
export function totalComplaint(fields, characters) {
  if (fields > MAX_FIELDS) return `there are ${fields} headers, over the limit of ${MAX_FIELDS}`;
  return characters > MAX_TOTAL ? `the headers have ${characters} characters in all, over the limit of ${MAX_TOTAL}` : '';
}

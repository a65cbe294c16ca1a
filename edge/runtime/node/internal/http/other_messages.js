// Responses that are no OutgoingMessage of node:http: those of the Express contract.  Packages call its methods on them
// (`http.OutgoingMessage.prototype.setHeader.call(res, ...)`, as the package cookies does).

let isOther = null;
let methods = null;

/** `is` tells such a response, `prototype` has its methods. */
export function registerMessages(is, prototype) {
  isOther = is;
  methods = prototype;
}

/** The method that such a response has itself, null when `message` is none. */
export const methodOf = (message, name) => (isOther !== null && isOther(message) ? methods[name] : null);

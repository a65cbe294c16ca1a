// res.pipeFrom: a response of fetch becomes the response of the function.

import { StringPrototypeSplit, StringPrototypeToLowerCase, StringPrototypeTrim, TypeError, Promise } from '../../bootstrap/primordials.js';

// https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 and what fetch has undone already
const HOP_BY_HOP = {
  __proto__: null, connection: true, 'keep-alive': true, 'proxy-authenticate': true, 'proxy-authorization': true, 'proxy-connection': true,
  te: true, trailer: true, 'transfer-encoding': true, upgrade: true, 'set-cookie': true,
};

function copyHeaders(headers, res) {
  const decoded = headers.has('content-encoding');
  const named = { __proto__: null };
  const connection = StringPrototypeSplit(headers.get('connection') ?? '', ',');
  for (let i = 0; i < connection.length; i++) named[StringPrototypeToLowerCase(StringPrototypeTrim(connection[i]))] = true;
  headers.forEach((value, name) => {
    if (HOP_BY_HOP[name] || named[name]) return;
    if (decoded && (name === 'content-encoding' || name === 'content-length')) return;
    res.setHeader(name, value);
  });
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) res.setHeader('set-cookie', cookies);
}

const drained = (res) => new Promise((resolve) => res.once('drain', resolve));

/** Resolves when the whole body has been handed over; chunk by chunk, no faster than the client takes it. */
export async function pipeFrom(response, res) {
  if (typeof response?.headers?.forEach !== 'function' || typeof response.status !== 'number') {
    throw new TypeError('res.pipeFrom needs a Response of fetch: await the fetch first');
  }
  res.status(response.status);
  copyHeaders(response.headers, res);
  if (response.body === null) {
    res.end();
    return res;
  }
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!res.write(next.value)) await drained(res);
  }
  res.end();
  return res;
}

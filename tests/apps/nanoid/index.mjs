// nanoid: random names; what is random is counted, not shown.

import { customAlphabet, customRandom, nanoid } from 'nanoid';
import { nanoid as insecure } from 'nanoid/non-secure';

const four = customAlphabet('abcd', 40);
let state = 1;
const seeded = customRandom('abcdef', 10, (size) => Uint8Array.from({ length: size }, () => (state = (state * 16807) % 2147483647) & 255));

export default {
  fetch() {
    const ids = new Set(Array.from({ length: 500 }, () => nanoid()));
    return Response.json({ different: ids.size, shape: [...ids].every((id) => /^[\w-]{21}$/.test(id)), four: /^[abcd]{40}$/.test(four()), short: insecure(5).length, seeded: seeded() });
  },
};

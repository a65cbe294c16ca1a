// Requests of which one would take the place of another: https://w3c.github.io/ServiceWorker/#batch-cache-operations-algorithm

import { StringPrototypeSplit, StringPrototypeToLowerCase } from '../bootstrap/primordials.js';
import { getHeader } from '../fetch/headers.js';
import { trimHttpWhitespace } from '../webidl/index.js';

function withoutFragment(state) {
  return StringPrototypeSplit(state.href(), '#', 1)[0];
}

// Whether the response to `first` also answers `second`.
function answers(first, response, second) {
  if (withoutFragment(first) !== withoutFragment(second)) return false;
  const names = StringPrototypeSplit(getHeader(response.list, 'vary') ?? '', ',');
  for (let i = 0; i < names.length; i++) {
    const name = StringPrototypeToLowerCase(trimHttpWhitespace(names[i]));
    if (name !== '' && getHeader(first.list, name) !== getHeader(second.list, name)) return false;
  }
  return true;
}

/** Throws an InvalidStateError. */
export function checkDuplicates(requests, responses, what) {
  for (let i = 0; i < requests.length; i++) {
    for (let j = 0; j < requests.length; j++) {
      if (i === j || !answers(requests[i], responses[i], requests[j])) continue;
      const { DOMException } = import('../events/dom_exception.js');
      throw new DOMException(`${what}: ${requests[i].href()} is there twice`, 'InvalidStateError');
    }
  }
}

// The runtime's own kv and host modules around an evaluator: what a test gives it runs like code of an invocation.

import { installDoorbell } from '../../../../edge/runtime/bootstrap/doorbell.js';
import { describe } from '../../../../edge/runtime/bootstrap/failures.js';
import { emit, settle, takeEffects } from '../../../../edge/runtime/bootstrap/host.js';
import { JSONParse, captureLate } from '../../../../edge/runtime/bootstrap/primordials.js';
import { setBuilding, setCurrentInvocation } from '../../../../edge/runtime/bootstrap/state.js';
import { TextEncoder } from '../../../../edge/runtime/encoding/index.js';
import { globals } from '../../../../edge/runtime/kv/index.js';
import { ReadableStream } from '../../../../edge/runtime/streams/index.js';

const AsyncFunction = (async () => {}).constructor;

function run(source) {
  setBuilding(false);
  setCurrentInvocation({ id: 1 });
  new AsyncFunction('kv', 'ReadableStream', 'TextEncoder', source)(globals.kv, ReadableStream, TextEncoder).then(
    (value) => emit({ t: 'value', value: value === undefined ? null : value }),
    (error) => emit({ t: 'error', code: error.code ?? '', ...describe(error) }),
  );
}

function entry() {
  'use strict';
  if (typeof this === 'function') {
    captureLate();
    return installDoorbell(this);
  }
  const payload = String(this);
  if (payload !== '') {
    const event = JSONParse(payload);
    if (event.source !== undefined) run(event.source);
    else settle(event);
  }
  return takeEffects() || '[]';
}

globalThis.__edge = entry;

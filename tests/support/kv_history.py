"""What many clients of several gateways do to one KV store, and when: for tests.support.linearizable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support.linearizable import Call, counter_problems, register_problems

CLIENTS = 50

FUNCTION = """
// Date.now() is the clock of the machine, in whole milliseconds: each end is late by one.
const timed = async (calls, call) => {
  const began = Date.now();
  const answer = await call();
  calls.push([...answer, began, Date.now() + 1]);
};
module.exports = async (req, res) => {
  const calls = [];
  for (let step = 0; step < Number(req.query.steps); step++) {
    await timed(calls, async () => ['incr', await kv.incr('n')]);
    await timed(calls, async () => ['count', await kv.get('n')]);
    let seen;
    await timed(calls, async () => {
      seen = (await kv.getWithMetadata('r')).versionstamp;
      return ['read', seen];
    });
    await timed(calls, async () => {
      const { ok, versionstamp } = await kv.atomic().check({ key: 'r', versionstamp: seen }).set('r', step).commit();
      return ok ? ['swap', versionstamp, seen] : ['refused', null, seen];
    });
  }
  res.json(calls);
};
"""


def problems_of(gateways, path, steps):
    """What is wrong with `steps` rounds of calls by each of CLIENTS clients, spread over the gateways."""
    urls = [gateways[number % len(gateways)].url for number in range(CLIENTS)]
    with httpx.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(CLIENTS) as threads:
        answers = list(threads.map(lambda url: client.get(f"{url}{path}?steps={steps}"), urls))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers][:3]
    counter, register = [], []
    for kind, *said, began, ended in [call for answer in answers for call in answer.json()]:
        if kind in {"incr", "count"}:
            counter.append(Call("incr" if kind == "incr" else "read", began, ended, said[0]))
        else:
            register.append(Call(kind, began, ended, version=said[0], before=said[1] if len(said) > 1 else None))
    assert len(counter) == len(register) == CLIENTS * steps * 2
    assert {call.kind for call in register} == {"read", "swap", "refused"}, "nothing met"
    return counter_problems(counter) + register_problems(register)

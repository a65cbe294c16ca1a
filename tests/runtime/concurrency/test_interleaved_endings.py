"""How one of several invocations in an isolate ends, what becomes of what it has left, and that the others go on."""

from __future__ import annotations

import msgspec
import pytest

from edge.wire.messages import Call
from tests.support.interleaved_isolate import InterleavedIsolate

TEXT = {"kind": "text", "text": "v"}


@pytest.mark.parametrize(
    "failing", ["throw new Error('mine')", "setTimeout(() => { throw new Error('mine') }); await new Promise(() => {})"]
)
def test_an_error_fails_its_own_invocation_alone(failing: str) -> None:
    """Also one that nothing catches, in a timer."""
    source = f"""module.exports = async (req, res) => {{
      const value = await kv.get('x');
      if (req.path === '/bad') {{ {failing} }}
      res.send(value);
    }}"""
    with InterleavedIsolate(source) as isolate:
        good, bad, other = isolate.start("/good"), isolate.start("/bad"), isolate.start("/good")
        isolate.reply(bad.calls[0], TEXT)
        if isolate.timer is not None:
            isolate.wait_for_timer()
        assert bad.failure == "mine"
        assert not good.over
        for running in (good, other):
            isolate.reply(running.calls[0], TEXT)
            assert (running.text, running.failure) == ("v", "")


def test_an_uncaught_error_of_a_listener_belongs_to_who_dispatched() -> None:
    """An EventTarget of the module, listeners of one invocation, an event of another."""
    source = """const target = new EventTarget();
    module.exports = async (req, res) => {
      if (req.path === '/listen') target.addEventListener('x', () => { throw new Error('listener') });
      else target.dispatchEvent(new Event('x'));
      res.send(await kv.get('x'));
    }"""
    with InterleavedIsolate(source) as isolate:
        listening, dispatching = isolate.start("/listen"), isolate.start("/dispatch")
        assert (dispatching.failure, listening.over) == ("listener", False)


def test_one_is_cancelled() -> None:
    """Its signal aborts, in its own name, and nobody gets its answer; another is not concerned."""
    source = """exports.__esModule = true; exports.default = { async fetch(request) {
      request.signal.addEventListener('abort', () => console.log(request.url + ' ' + request.signal.reason.message));
      return new Response(await kv.get('x'));
    } }"""
    with InterleavedIsolate(source, "web") as isolate:
        a, b = isolate.start("/a"), isolate.start("/b")
        isolate.cancel(a, "gone")
        assert (a.logs, b.logs) == (["http://test/a gone"], [])
        isolate.reply(b.calls[0], TEXT)
        isolate.reply(a.calls[0], TEXT)
        assert (a.text, b.text) == ("", "v")
        assert a.over


def test_a_dropped_invocation_is_silent_and_the_others_go_on() -> None:
    """Its timers are gone, its calls fail for whoever waits for them, and what it does has no effect."""
    source = """let shared;
    module.exports = async (req, res) => {
      setTimeout(() => console.log('too late'), 60000);
      shared ??= kv.get('x');
      try { await shared; } catch (error) { res.send(`${req.id} ${error.code}: ${error.message}`); }
    }"""
    with InterleavedIsolate(source) as isolate:
        a, b = isolate.start(), isolate.start()
        isolate.drop(a)
        assert (a.effects, a.stray) == ([a.calls[0]], [])
        assert b.text.startswith("request-2 ERR_INVOCATION_ENDED: kv.get had no answer yet when its invocation ended")
        assert b.over
        assert isolate.timer is None


def test_a_call_that_dies_with_its_invocation_fails_for_another() -> None:
    """An invocation that answers without waiting takes its host calls with it: who shares one hears of it."""
    source = """let shared;
    module.exports = async (req, res) => {
      if (req.path === '/guest') return res.send(await shared.catch((error) => error.message));
      shared = kv.get('x');
      await kv.get('own');
      res.send('done');
    }"""
    with InterleavedIsolate(source) as isolate:
        owner, guest = isolate.start("/owner"), isolate.start("/guest")
        isolate.reply(owner.calls[1], None)
        assert owner.over
        assert guest.text.startswith("kv.get had no answer yet when its invocation ended (await host calls before")


def test_host_calls_of_code_whose_invocation_has_ended_are_refused() -> None:
    """What goes on in the module after the answer is told why it cannot, and that only so often."""
    source = """let wake; const errors = [];
    async function loop() {
      await new Promise((resolve) => { wake = resolve; });
      for (;;) try { await kv.incr('n'); } catch (error) { errors.push(error); }
    }
    module.exports = async (req, res) => {
      if (req.path === '/begin') { loop(); return res.send('begun'); }
      if (req.path === '/wake') wake();
      res.json([errors.length, errors[0]?.code, errors[0]?.message]);
    }"""
    with InterleavedIsolate(source) as isolate:
        begun = isolate.start("/begin")
        assert begun.over
        assert isolate.start("/wake").text == "[0,null,null]"
        count, code, message = msgspec.json.decode(isolate.start("/look").body)
        assert (count, code) == (100, "ERR_INVOCATION_ENDED")
        assert message.startswith("kv.incr belongs to an invocation that has ended (")
        assert begun.stray == []


def test_log_lines_and_timers_of_ended_invocations_have_no_effect() -> None:
    """Neither in their own name nor in that of the invocation that wakes them."""
    source = """let wake;
    module.exports = async (req, res) => {
      if (req.path === '/begin') {
        new Promise((resolve) => { wake = resolve; }).then(() => { console.log('late'); setTimeout(() => {}, 1); });
      } else {
        wake();
        await kv.get('x');
      }
      res.send('ok');
    }"""
    with InterleavedIsolate(source) as isolate:
        begun, waking = isolate.start("/begin"), isolate.start("/wake")
        assert (begun.stray, waking.logs, isolate.timer) == ([], [], None)


def test_the_body_of_a_fetch_is_read_in_the_name_of_who_fetched() -> None:
    """The host knows the stream as one of that invocation; when that has ended the reader is told."""
    source = """let response;
    module.exports = async (req, res) => {
      if (req.path === '/fetch') {
        response = await fetch('http://origin/');
        await kv.get('x');
        return res.send('fetched');
      }
      const reader = response.body.getReader();
      const first = await reader.read();
      try { await reader.read(); } catch (error) { return res.send(Buffer.from(first.value).toString() + error.code); }
    }"""
    head = {"status": 200, "status_text": "", "headers": [], "url": "http://origin/", "redirected": False, "stream": 7}
    with InterleavedIsolate(source) as isolate:
        fetching = isolate.start("/fetch")
        isolate.reply(fetching.calls[0], head)
        reading = isolate.start("/read")
        assert reading.calls == []
        assert [call.op for call in fetching.calls] == ["fetch.start", "kv.get", "fetch.read"]
        isolate.reply(fetching.calls[2], False, data=b"chunk ")
        isolate.reply(fetching.calls[1])
        assert fetching.over
        assert reading.text == "chunk ERR_INVOCATION_ENDED"


def test_replies_to_an_ended_invocation_are_dropped() -> None:
    """The host may have sent one before it heard of the end."""
    source = "module.exports = (req, res) => { kv.get('x').then(console.log); res.send('ok'); }"
    with InterleavedIsolate(source) as isolate:
        ended = isolate.start()
        (call,) = [effect for effect in ended.effects if isinstance(effect, Call)]
        isolate.reply(call, TEXT)
        assert (ended.over, ended.stray) == (True, [])
        assert isolate.start().text == "ok"

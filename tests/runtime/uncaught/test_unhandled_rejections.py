"""Promises that are rejected and that nobody handles: who is told, and what fails."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.concurrency.test_interleaved_endings import TEXT
from tests.runtime.contract_rig import call
from tests.support.interleaved_isolate import InterleavedIsolate


def web(code: str) -> str:
    """A function of the web contract with this body."""
    return f"""exports.__esModule = true; exports.default = {{ async fetch(request, env, ctx) {{
      const pause = () => new Promise((resolve) => {{ setTimeout(resolve, 1); }});
      {code}
    }} }}"""


def fails(code: str) -> FunctionError:
    """What the invocation fails with."""
    with pytest.raises(FunctionError) as caught:
        call(web(code), contract="web")
    return caught.value


@pytest.mark.parametrize(
    "code",
    [
        "Promise.reject(new Error('boom')); return new Response('x')",
        "(async () => { throw new Error('boom') })(); return new Response('x')",
        "(async () => { await null; throw new Error('boom') })(); await pause(); return new Response('x')",
        "Promise.resolve().then(() => { throw new Error('boom') }); await pause(); return new Response('x')",
        "new Promise((_, no) => setTimeout(() => no(new Error('boom')))); for (;;) await pause()",
    ],
)
def test_it_fails_the_invocation(code: str) -> None:
    """With the reason's own message and stack, also when the answer was ready."""
    error = fails(code)
    assert error.message == "unhandled rejection: Error: boom"
    assert error.stack.startswith("unhandled rejection: Error: boom\n    at ")
    assert "/app/index.js:3:" in error.stack


@pytest.mark.parametrize(
    "code",
    [
        "const p = Promise.reject(1); p.catch(() => {})",
        "const p = Promise.reject(1); await null; p.catch(() => {})",
        "const p = Promise.reject(1); await Promise.resolve().then(() => {}); try { await p } catch {}",
        "try { await (async () => { throw 1 })() } catch {}",
        "await Promise.allSettled([Promise.reject(1)])",
        "await Promise.race([1, Promise.reject(2)])",
        "const [a] = await Promise.allSettled([Promise.all([Promise.reject(1), Promise.reject(2)])])",
        "try { await new ReadableStream({ start(c) { c.error(1) } }).getReader().read() } catch {}",
        "const c = new AbortController(); c.abort(); try { await fetch('http://a/', { signal: c.signal }) } catch {}",
    ],
)
def test_one_that_is_handled_in_time_is_none(code: str) -> None:
    """In time is before the microtasks have run."""
    assert call(web(f"{code}; await pause(); return new Response('x')"), contract="web").body == b"x"


@pytest.mark.parametrize(
    "listen",
    [
        "addEventListener('unhandledrejection', (e) => { look(e); e.preventDefault(); })",
        "onunhandledrejection = (e) => { look(e); return false; }",
    ],
)
def test_the_global_object_is_told_and_may_prevent_the_failure(listen: str) -> None:
    """By a trusted event with promise and reason."""
    code = f"""
      const look = (e) =>
        console.log(e.type, e.reason, e.promise === promise, e.isTrusted, e.cancelable, e.target === self);
      {listen};
      const promise = Promise.reject(5);
      return new Response('x');"""
    answer = call(web(code), contract="web")
    assert (answer.body, answer.logs) == (b"x", ["info unhandledrejection 5 true true true true"])


def test_a_listener_that_does_not_prevent_it_changes_nothing() -> None:
    """The invocation fails all the same."""
    assert fails("addEventListener('unhandledrejection', () => {}); Promise.reject(5); return new Response('x')")


def test_a_listener_that_throws_is_reported_itself() -> None:
    """Its exception is what the invocation fails with."""
    code = "onunhandledrejection = () => { throw new Error('mine') }; Promise.reject(5); return new Response('x')"
    assert fails(code).message == "Error: mine"


def test_one_that_is_handled_after_all_is_told_again() -> None:
    """By `rejectionhandled`, once, when the listeners had prevented the failure."""
    code = """
      onunhandledrejection = (e) => e.preventDefault();
      onrejectionhandled = (e) => console.log(e.type, e.reason, e.promise === promise, e.cancelable);
      const promise = Promise.reject(5);
      await pause();
      promise.catch(() => {});
      promise.catch(() => {});
      await pause();
      return new Response('x');"""
    assert call(web(code), contract="web").logs == ["info rejectionhandled 5 true false"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("null", "null"),
        ("undefined", "undefined"),
        ("Symbol('s')", "Symbol(s)"),
        ("'text'", "text"),
        ("Object.freeze(new TypeError('f'))", "TypeError: f"),
        ("{ get message() { throw 1 }, get stack() { throw 2 } }", "not an error"),
        ("(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()", "not an error"),
    ],
)
def test_any_reason_can_be_described(value: str, shown: str) -> None:
    """Whatever it is, none of its code can break the report."""
    assert shown in fails(f"Promise.reject({value}); return new Response('x')").message


def test_after_the_response_it_is_logged_and_is_what_the_invocation_ends_with() -> None:
    """The rest of the background work goes on."""
    code = """
      ctx.waitUntil((async () => {
        await pause();
        (async () => { throw new Error('late') })();
        await pause();
        console.log('went on');
      })());
      return new Response('x');"""
    with InterleavedIsolate(web(code), "web") as isolate:
        running = isolate.start()
        while not running.over:
            isolate.wait_for_timer()
        assert running.text == "x"
        assert running.failure == "unhandled rejection: Error: late"
        assert running.logs[0].startswith("unhandled rejection: Error: late\n    at")
        assert running.logs[1:] == ["went on"]


def test_it_belongs_to_the_invocation_whose_code_rejected() -> None:
    """Others of the isolate go on, also when the task is theirs."""
    source = """let open;
    module.exports = async (req, res) => {
      if (req.path === '/bad') {
        const gate = new Promise((resolve) => { open = resolve; });
        gate.then(() => { throw new Error('mine'); });
        await new Promise(() => {});
      }
      open();
      res.send(await kv.get('x'));
    }"""
    with InterleavedIsolate(source) as isolate:
        bad, good = isolate.start("/bad"), isolate.start("/good")
        assert (bad.failure, good.over) == ("unhandled rejection: Error: mine", False)
        isolate.reply(good.calls[0], TEXT)
        assert (good.text, good.failure) == ("v", "")


def test_others_are_not_told_of_what_an_ended_invocation_has_left() -> None:
    """Its host calls fail when it ends, and nobody waits for them any more."""
    source = """let told = 0;
    addEventListener('unhandledrejection', (event) => { told += 1; event.preventDefault() });
    module.exports = async (req, res) => {
      kv.get('left').then(() => {});
      if (req.path === '/ends') return res.send('x');
      await kv.get('x');
      res.send(`told ${told}`);
    }"""
    with InterleavedIsolate(source) as isolate:
        other, ends = isolate.start("/other"), isolate.start("/ends")
        assert ends.text == "x"
        isolate.reply(other.calls[1], TEXT)
        assert other.text == "told 0"


def test_a_thousand_caught_ones_leave_nothing_behind() -> None:
    """Each is told by V8 twice; the list of those that wait stays empty."""
    code = """
      let caught = 0;
      for (let i = 0; i < 1000; i++) try { await (async () => { throw i })() } catch { caught += 1 }
      return new Response(String(caught));"""
    assert call(web(code), contract="web").body == b"1000"


def test_deep_in_the_stack_nothing_breaks() -> None:
    """Where there is no room to be told, the promise goes unnoticed, and the overflow is the function's."""
    code = """
      onunhandledrejection = (e) => e.preventDefault();
      let depth = 0;
      const dive = () => { depth += 1; Promise.reject(depth); dive(); };
      try { dive() } catch (error) { return new Response(`${error.name} ${depth > 100}`) }"""
    assert call(web(code), contract="web").body == b"RangeError true"


def test_process_is_told_as_in_node() -> None:
    """A listener is enough to prevent the failure; exceptions stand in for rejections that have none."""
    code = """
      process.on('unhandledRejection', (reason, p) => console.log('rejection', reason, p instanceof Promise));
      process.on('rejectionHandled', (p) => console.log('handled', p instanceof Promise));
      const promise = Promise.reject(5);
      await pause();
      promise.catch(() => {});
      await pause();
      process.removeAllListeners('unhandledRejection');
      process.on('uncaughtException', (error, origin) => console.log('exception', error, origin));
      Promise.reject(6);
      await pause();
      setTimeout(() => { throw 7 }, 0);
      await pause(); await pause();
      return new Response('x');"""
    assert call(web(code), contract="web").logs == [
        "info rejection 5 true",
        "info handled true",
        "info exception 6 unhandledRejection",
        "info exception 7 uncaughtException",
    ]


def test_what_a_listener_of_process_throws_fails_the_invocation() -> None:
    """It is not told to the same listener again."""
    code = "process.on('uncaughtException', () => { throw new Error('mine') }); reportError(1);"
    assert fails(f"{code} return new Response('x')").message == "Error: mine"

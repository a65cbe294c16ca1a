"""Timers, logs and limits of invocations in one isolate are each one's own; nothing is kept of one that ended."""

from __future__ import annotations

import pytest

from tests.support.interleaved_isolate import InterleavedIsolate


def test_timers_fire_in_the_name_of_who_set_them() -> None:
    """The turn tells the host the next timer of all."""
    source = """module.exports = async (req, res) => {
      await new Promise((resolve) => setTimeout(resolve, Number(req.query.ms)));
      console.log(`after ${req.query.ms}`);
      res.send(await kv.get('x'));
    }"""
    with InterleavedIsolate(source) as isolate:
        slow, fast = isolate.start("/?ms=40"), isolate.start("/?ms=5")
        assert isolate.timer is not None
        assert isolate.timer <= 5
        isolate.wait_for_timer()
        assert (fast.logs, slow.logs) == (["after 5"], [])
        isolate.wait_for_timer()
        assert (slow.logs, len(slow.calls), len(fast.calls)) == (["after 40"], 1, 1)


def test_an_end_clears_the_timers_of_one_invocation() -> None:
    """Intervals and immediates too; those of others stay."""
    source = """module.exports = async (req, res) => {
      setInterval(() => console.log('tick'), 5);
      if (req.path === '/stay') await kv.get('x');
      setImmediate(() => console.log('immediate'));
      res.send('ok');
    }"""
    with InterleavedIsolate(source) as isolate:
        staying = isolate.start("/stay")
        ending = isolate.start("/end")
        assert (ending.over, ending.stray, ending.logs) == (True, [], [])
        before = len(staying.logs)  # the other's beginning may have taken long enough for a tick
        for _ in range(3):
            isolate.wait_for_timer()
        assert staying.logs == ["tick"] * (before + 3)
        isolate.reply(staying.calls[0])
        assert (staying.over, isolate.timer) == (True, None)


def test_one_may_clear_what_another_set() -> None:
    """As in Node: a handle in module state, by object or by number."""
    source = """const handles = [];
    module.exports = async (req, res) => {
      if (req.path === '/clear') {
        clearTimeout(handles[0]);
        clearTimeout(Number(handles[1]));
      } else {
        handles.push(setTimeout(() => console.log('a'), 1), setTimeout(() => console.log('b'), 1));
        await kv.get('x');
        handles[2] = setImmediate(() => console.log('c'));
        handles[3] = clearImmediate(handles[2]);
        await kv.get('y');
      }
      res.send('ok');
    }"""
    with InterleavedIsolate(source) as isolate:
        setting = isolate.start("/set")
        isolate.start("/clear")
        assert isolate.timer is None
        isolate.reply(setting.calls[0])
        assert setting.logs == []


def test_each_may_have_a_thousand_host_calls_open() -> None:
    """One that has too many does not keep another from making one."""
    source = """module.exports = async (req, res) => {
      if (req.path === '/many') for (let i = 0; i < 1000; i++) kv.get('x').catch(() => {});
      try { await kv.get('last'); } catch (error) { console.log(error.message); }
      await new Promise(() => {});
    }"""
    with InterleavedIsolate(source) as isolate:
        many, few = isolate.start("/many"), isolate.start("/few")
        assert many.logs == ["too many host calls at once (at most 1000): await some before starting more"]
        assert (len(many.calls), len(few.calls), few.logs) == (1000, 1, [])


@pytest.mark.parametrize("set_many", ["setTimeout(() => {}, 60000)", "made.push(setImmediate(() => {}))"])
def test_each_may_have_ten_thousand_timers(set_many: str) -> None:
    """The quota of timers is one of each invocation."""
    source = f"""module.exports = async (req, res) => {{
      const n = req.path === '/many' ? 10001 : 1;
      const made = [];
      try {{ for (let i = 0; i < n; i++) {set_many}; }} catch (error) {{ console.log(error.message); }}
      if (req.path === '/few') return res.send('ok');
      await null;
      res.send('ok');
    }}"""
    with InterleavedIsolate(source) as isolate:
        isolate.send(
            isolate.starting(many := isolate.expect(), "/many"), isolate.starting(few := isolate.expect(), "/few")
        )
        assert many.logs[0].startswith("too many ")
        assert (few.logs, few.text) == ([], "ok")


def test_each_has_its_own_quota_of_log_lines() -> None:
    """One that prints too much loses its own lines; another's of the same turn are there."""
    source = """let release;
    const gate = new Promise((resolve) => { release = resolve; });
    module.exports = async (req, res) => {
      if (req.path === '/release') release();
      await gate;
      const n = req.path === '/loud' ? 1500 : 1;
      for (let i = 0; i < n; i++) console.log('line');
      await kv.get('x');
    }"""
    with InterleavedIsolate(source) as isolate:
        loud, quiet, _ = isolate.start("/loud"), isolate.start("/quiet"), isolate.start("/release")
        assert quiet.logs == ["line"]
        assert loud.logs[:1000] == ["line"] * 1000
        assert loud.logs[1000:] == ["500 log lines dropped (at most 1000 lines or 262144 characters a turn)"]


def test_dropped_lines_are_told_before_the_end() -> None:
    """Also when the invocation ends in the same turn."""
    source = "module.exports = (req, res) => { for (let i = 0; i < 1001; i++) console.log('line'); res.send('ok'); }"
    with InterleavedIsolate(source) as isolate:
        running = isolate.start()
        assert running.logs[-1].startswith("1 log lines dropped")
        assert running.stray == []


def test_the_console_of_one_does_not_indent_that_of_another() -> None:
    """Groups, counters and unfinished lines are the invocation's."""
    source = """module.exports = async (req, res) => {
      if (req.path === '/group') console.group();
      await kv.get('x');
      console.log('text');
      console.count();
      process.stdout.write(req.path);
      await null;
      process.stdout.write('!\\n');
      res.send('ok');
    }"""
    with InterleavedIsolate(source) as isolate:
        grouped, plain = isolate.start("/group"), isolate.start("/plain")
        isolate.reply(plain.calls[0])
        isolate.reply(grouped.calls[0])
        assert plain.logs[:2] == ["text", "default: 1"]
        assert grouped.logs[:2] == ["  text", "  default: 1"]
        assert "".join(plain.logs[2:]) == "/plain!"
        assert "".join(grouped.logs[2:]) == "/group!"


def test_time_since_the_start_of_the_process_goes_on() -> None:
    """process.hrtime differences stay right while other invocations begin."""
    source = """module.exports = async (req, res) => {
      const began = process.hrtime();
      await kv.get('x');
      const [seconds, nanos] = process.hrtime(began);
      res.send(seconds === 0 && nanos >= 0 ? 'sane' : `${seconds} ${nanos}`);
    }"""
    with InterleavedIsolate(source) as isolate:
        first = isolate.start()
        isolate.start()
        isolate.reply(first.calls[0])
        assert first.text == "sane"


@pytest.mark.slow
def test_data_that_waits_in_the_host_is_bounded() -> None:
    """Who sends more before it is answered is told to wait, and may go on afterwards."""
    source = """module.exports = async (req, res) => {
      const value = new Uint8Array(24 * 1024 * 1024);
      const put = () => kv.put('x', value).then(() => 'put', (error) => error.message);
      const all = [];
      for (let i = 0; i < 6; i++) {
        all.push(put());
        await new Promise((resolve) => setImmediate(resolve));
      }
      const refused = await all[5];
      console.log(refused);
      await all[0];
      await put();
      res.send('ok');
    }"""
    with InterleavedIsolate(source) as isolate:
        sending = isolate.start("/")
        assert len(sending.calls) == 5
        assert "too much data in host calls at once (at most 134217728 bytes)" in sending.logs[0]
        isolate.reply(sending.calls[0])
        isolate.reply(sending.calls[5])
        assert sending.body == b"ok"

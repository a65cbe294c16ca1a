"""Message ports among several invocations in an isolate: whose task a message is, and what becomes of it in the end."""

from __future__ import annotations

from tests.support.interleaved_isolate import InterleavedIsolate

TEXT = {"kind": "text", "text": "v"}


def test_a_message_is_a_task_of_whoever_made_the_port() -> None:
    """What its listener throws fails that invocation, not the one that posts."""
    source = """const ports = {};
    module.exports = async (req, res) => {
      if (req.path === '/listen') {
        const { port1, port2 } = new MessageChannel();
        ports.post = port1;
        port2.onmessage = ({ data }) => { throw new Error(data) };
        await new Promise(() => {});
      }
      ports.post.postMessage('mine');
      res.send(await kv.get('x'));
    }"""
    with InterleavedIsolate(source) as isolate:
        listening, posting = isolate.start("/listen"), isolate.start("/post")
        assert (listening.failure, posting.over) == ("mine", False)
        isolate.reply(posting.calls[0], TEXT)
        assert posting.text == "v"


def test_a_port_of_a_module_belongs_to_whoever_posts() -> None:
    """As schedulers need it that keep one channel for the life of a program; also when it was made in a snapshot."""
    source = """const { port1, port2 } = new MessageChannel();
    port2.onmessage = ({ data }) => data();
    const jobs = new Map();
    port2.onmessage = ({ data }) => jobs.get(data)();
    module.exports = async (req, res) => {
      await new Promise((resolve) => { jobs.set(req.id, resolve); port1.postMessage(req.id); });
      if (req.path === '/bad') {
        jobs.set('x', () => { throw new Error('bad') });
        port1.postMessage('x');
        await new Promise(() => {});
      }
      res.send(`${req.id} ${await kv.get('x')}`);
    }"""
    for initialised in (False, True):
        with InterleavedIsolate(source, initialised=initialised) as isolate:
            first, bad, second = isolate.start("/"), isolate.start("/bad"), isolate.start("/")
            assert (bad.failure, first.over, second.over) == ("bad", False, False)
            for running in (second, first):
                isolate.reply(running.calls[0], TEXT)
                assert running.text == f"request-{running.id} v"


def test_an_open_port_keeps_nobody_waiting_and_what_is_on_its_way_is_dropped() -> None:
    """The invocation ends with its answer."""
    source = """let kept;
    module.exports = (req, res) => {
      if (kept) { kept.postMessage('late'); res.send('posted'); return; }
      const { port1, port2 } = new MessageChannel();
      kept = port1;
      port2.onmessage = () => console.log('got it');
      const loop = new MessageChannel();
      loop.port1.onmessage = () => loop.port1.postMessage(0);
      loop.port2.onmessage = () => loop.port2.postMessage(0);
      loop.port1.postMessage(0);
      res.send('open');
    }"""
    with InterleavedIsolate(source) as isolate:
        first = isolate.start()
        assert (first.text, first.over) == ("open", True)
        second = isolate.start()
        assert (second.text, second.over, second.stray, first.stray, first.logs) == ("posted", True, [], [], [])


def test_a_broadcast_goes_past_channels_of_invocations_that_have_ended() -> None:
    """The others get it."""
    source = """module.exports = async (req, res) => {
      const channel = new BroadcastChannel('all');
      channel.onmessage = ({ data }) => console.log(`${req.path} ${data}`);
      if (req.path === '/wait') await kv.get('x');
      channel.postMessage(`from ${req.path}`);
      res.send('done');
    }"""
    with InterleavedIsolate(source) as isolate:
        waiting, ended, last = isolate.start("/wait"), isolate.start("/ended"), isolate.start("/last")
        assert (ended.logs, last.logs) == ([], [])
        assert waiting.logs == ["/wait from /ended", "/wait from /last"]


def test_a_blob_url_belongs_to_who_made_it() -> None:
    """Others cannot read it, and it ends with its invocation."""
    source = """let url;
    module.exports = async (req, res) => {
      const mine = req.path === '/make';
      if (mine) url = URL.createObjectURL(new Blob(['mine']));
      const read = () => fetch(url).then((response) => response.text(), (error) => error.message);
      const first = await read();
      if (mine) await kv.get('x');
      res.send(`${first}, ${await read()}`);
    }"""
    refused = "fetch failed: the blob: URL was revoked, or never made in this invocation"
    with InterleavedIsolate(source) as isolate:
        maker, other = isolate.start("/make"), isolate.start("/other")
        assert other.text == f"{refused}, {refused}"
        isolate.reply(maker.calls[0], TEXT)
        assert maker.text == "mine, mine"


LEAVES = """module.exports = (req, res) => {
  const own = new BroadcastChannel(req.id);
  const all = new BroadcastChannel('all');
  own.onmessage = all.onmessage = () => req;
  all.postMessage({ id: req.id });
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(port1, [port1]);
  new MessageChannel().port1.postMessage('nobody');
  URL.createObjectURL(new Blob(['x'.repeat(100)]));
  const reader = new FileReader();
  reader.onload = () => req;
  reader.readAsText(new Blob(['y']));
  res.send('ok');
}"""


def test_what_nobody_closes_does_not_pile_up() -> None:
    """Channels with a name for each invocation or one for all, messages on their way, blob: URLs, reads."""
    with InterleavedIsolate(LEAVES) as isolate:

        def invoke(times: int) -> None:
            for _ in range(times):
                running = isolate.start()
                assert running.over, running.effects
                isolate.forget(running)

        invoke(1000)
        before = isolate.collect_garbage()
        invoke(1000)
        assert isolate.collect_garbage() - before < 1000 * 48

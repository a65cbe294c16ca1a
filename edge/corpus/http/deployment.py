"""The gateways that cases are tried on: one that speaks plain HTTP, and one with TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.corpus.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

PROTOCOLS = {"plain": ("h1", "ws"), "tls": ("h2", "tls")}
"""Which gateway is for which cases."""

# Answers name the target that they are for; sockets echo; `/big` is more than any system buffers.
_PROBE = """\
const BLOCK = new Uint8Array(65536).fill(98);
const big = () => {
  let left = 512;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(BLOCK.slice());
      else controller.close();
    },
  });
};
const echo = () => {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener('message', ({ data }) => server.send(data));
  return new Response(null, { status: 101, webSocket: client });
};
const answer = async (request, url) => {
  if (url.pathname === '/ws' && request.headers.get('upgrade') === 'websocket') return echo();
  if (url.pathname === '/ws') return new Response('a WebSocket is expected', { status: 426 });
  if (url.pathname === '/echo') return new Response(await request.arrayBuffer());
  if (url.pathname === '/big') return new Response(big());
  if (url.pathname === '/headers') return Response.json([request.url, ...request.headers]);
  if (url.pathname === '/split') {
    return new Response('x', { headers: { 'x-said': url.searchParams.get('v') ?? '' } });
  }
  return new Response(`ok ${url.pathname}`);
};
export default {
  async fetch(request) {
    const url = new URL(request.url);
    const response = await answer(request, url);
    if (response.status !== 101) response.headers.set('x-target', url.pathname + url.search);
    return response;
  },
};
"""
_CONFIG = """\
[server.websocket]
max_message = "64KiB"

[packages]
root = "functions"

[storage]
data_dir = "data"
kv = "memory"
"""
_FUNCTION = """
[functions.{name}]
package = "probe"

[[routes]]
path = "{path}"
function = "{name}"
"""
# Each path is a function of its own, as it would be: who stalls one of them stalls no other.
_FUNCTIONS = {name: f"/{name}" for name in ("ok", "echo", "big", "ignore", "headers", "ws", "split")} | {
    "rest": "/*rest"
}
_TLS = """
[server.tls]
cert = "server.crt"
key = "server.key"
"""


def deploy(folder: Path, *, tls: bool) -> Path:
    """Write packages, certificates and config into `folder`; answers the config's path."""
    package = folder / "functions" / "probe"
    package.mkdir(parents=True)
    (package / "index.mjs").write_text(_PROBE, encoding="utf-8")
    if tls:
        certificate, key = Authority().issue("a.test")
        (folder / "server.crt").write_bytes(certificate)
        (folder / "server.key").write_bytes(key)
    config = folder / "edge.toml"
    functions = "".join(_FUNCTION.format(name=name, path=path) for name, path in _FUNCTIONS.items())
    config.write_text(_CONFIG + (_TLS if tls else "") + functions, encoding="utf-8")
    return config

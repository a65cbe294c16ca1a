"""The corpus' own server, as a program: `python -m tests.wpt.server CORPUS`.

Tests load data from it, and talk to its handlers.  It runs Python files of the corpus, so it is a process of its
own.  The first line of its output is JSON: {"ports": [P, Q, W]}, the last one for WebSockets; it ends with its standard
input, or its parent.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

from pywebsocket3.websocket_server import WebSocketServer
from wptserve.config import ConfigBuilder
from wptserve.server import WebTestHttpd
from wptserve.stash import StashManager, store_env_config

HOST = "localhost"  # with it, the corpus takes 127.0.0.1 for another origin
_PORTS = {"http": ["auto", "auto"], "ws": ["auto"]}
# Scripts name the ports of servers that are not there: what connects to them is refused.
_CLOSED = {"https": [1, 1], "wss": [1], "h2": [1], "https-local": [1], "https-public": [1]}


class _Builder(ConfigBuilder):
    def _get_ports(self, data: dict[str, object]) -> dict[str, list[int]]:
        return {**_CLOSED, **super()._get_ports(data)}


def main(corpus: str) -> None:
    """Serve until standard input closes."""
    logger = logging.getLogger("wptserve")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    builder = _Builder(
        logger,
        subdomains={"www", "www1", "www2"},
        not_subdomains={"nonexistent"},
        browser_host=HOST,
        alternate_hosts={"alt": "127.0.0.1"},
        server_host="127.0.0.1",
        doc_root=corpus,
        ports=_PORTS,
        check_subdomains=False,
        ssl={"type": "none"},
    )
    config = builder.__enter__()  # its end would want certificates that it does not have
    _keep_stash()
    for port in config.ports["http"]:
        WebTestHttpd(host="127.0.0.1", port=port, doc_root=corpus, config=config).start()
    sockets = _serve_sockets(Path(corpus), config.ports["ws"][0])
    sys.stdout.write(json.dumps({"ports": [*config.ports["http"], *sockets]}) + "\n")
    sys.stdout.flush()
    # The pipe alone does not tell: a process that is forked meanwhile holds it open, too.
    waiting = threading.Thread(target=sys.stdin.read, daemon=True)
    waiting.start()
    parent = os.getppid()
    while os.getppid() == parent and waiting.is_alive():
        waiting.join(0.5)


def _serve_sockets(corpus: Path, port: int) -> list[int]:
    """Handlers of WebSockets are in a folder of their own."""
    handlers = corpus / "websockets" / "handlers"
    if not handlers.is_dir():
        return []
    options = SimpleNamespace(
        server_host="127.0.0.1",
        validation_host=None,
        validation_port=None,
        port=port,
        websock_handlers=str(handlers),
        scan_dir=None,
        allow_handlers_outside_root_dir=False,
        websock_handlers_map_file=None,
        request_queue_size=128,
        use_tls=False,
        use_basic_auth=False,
        cgi_directories=None,
        is_executable_method=None,
    )
    for name in ("pywebsocket3", ""):
        logging.getLogger(name).addHandler(logging.NullHandler())
    server = WebSocketServer(options)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return [port]


def _keep_stash() -> None:
    """What handlers leave for one another: in this process, so that nothing outlives it."""
    key = secrets.token_bytes(16)
    server = StashManager(("127.0.0.1", 0), key).get_server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    store_env_config(server.address, key)


if __name__ == "__main__":
    main(sys.argv[1])

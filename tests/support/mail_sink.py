"""An SMTP server that keeps what it is sent, with STARTTLS."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from contextlib import contextmanager


class _Session(socketserver.StreamRequestHandler):
    """One client."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.secure = False
        self.say("220 sink ESMTP")
        while line := self.rfile.readline().decode().strip():
            if getattr(self, f"do_{line.split(' ')[0].lower()}", self.do_other)() is False:
                return

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()
        self.connection.close()

    def do_other(self):
        self.say("250 ok")

    def do_ehlo(self):
        self.say("250-sink\r\n250 SIZE 1000000" if self.secure else "250-sink\r\n250 STARTTLS")

    def do_starttls(self):
        self.say("220 go")
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.secure = True

    def do_data(self):
        self.say("354 go")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.mails.append(b"".join(lines).decode())
        self.say(f"250 kept, {'encrypted' if self.secure else 'in the clear'}")

    def do_quit(self):
        self.say("221 bye")
        return False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mail_sink(context):
    """`port`, and `mails` as they came; `context` is that of TLS."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.context, server.mails, server.port = context, [], server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()

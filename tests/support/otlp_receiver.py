"""A collector on loopback: takes traces by OTLP/HTTP, decodes the protobuf, and lets tests look at spans."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.support.gateway_process import until

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


class Seen(NamedTuple):
    """A span as it came, with the resource that sent it."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    attributes: dict
    error: bool
    message: str
    links: list
    state: str
    resource: dict


class Receiver(ThreadingHTTPServer):
    """`answers` are statuses for the next requests, 200 when there are none; `held` keeps answers back."""

    daemon_threads = True

    def __init__(self, host, context):
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host.strip("[]"), 0), _Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if context else ''}://{host}:{self.server_address[1]}"
        self.spans = []
        self.requests = []
        self.answers = []
        self.rejects = 0
        self.held = threading.Event()
        self.held.set()

    def handle_error(self, *_):
        """A client that breaks off is no error."""

    def of(self, trace):
        """The spans of a trace by now."""
        return [span for span in self.spans if span.trace == trace]

    def wait(self, trace, count=1, seconds=10):
        """The spans of a trace, once there are `count` of them."""
        return until(
            lambda: found if len(found := self.of(trace)) >= count else None,
            seconds,
            f"{count} spans of {trace} (there are {[span.name for span in self.spans]})",
        )

    def find(self, condition, seconds=10):
        """The first span for which `condition` holds."""
        return until(lambda: next((span for span in self.spans if condition(span)), None), seconds, "a span")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers.items()), len(body)))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.server.held.wait(30)
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        answer = ExportTraceServiceResponse()
        if status == 200:
            self.server.spans += decoded(body)
            if self.server.rejects:
                answer.partial_success.rejected_spans = self.server.rejects
                answer.partial_success.error_message = "too many"
        data = answer.SerializeToString()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def decoded(body):
    """Every span of a request."""
    found = []
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _plain(group.resource.attributes)
        found += [_seen(span, resource) for scope in group.scope_spans for span in scope.spans]
    return found


def _seen(span, resource):
    assert (len(span.trace_id), len(span.span_id), len(span.parent_span_id) in {0, 8}) == (16, 8, True)
    return Seen(
        *(span.name, KINDS[span.kind], span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()),
        *(span.start_time_unix_nano, span.end_time_unix_nano, _plain(span.attributes)),
        *(
            span.status.code == 2,
            span.status.message,
            [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
        ),
        *(span.trace_state, resource),
    )


def _plain(attributes):
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextlib.contextmanager
def otlp_receiver(host="127.0.0.1", context=None):
    """One that runs; with `context`, over TLS."""
    receiver = Receiver(host, context)
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.held.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join(5)

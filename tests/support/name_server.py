"""A name server on loopback with a small zone; it counts the questions."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ZONE = {
    ("example.com", "A"): ["93.184.216.34"],
    ("example.com", "AAAA"): ["2606:2800:220:1::1"],
    ("example.com", "MX"): ["10 mail.example.com."],
    ("example.com", "TXT"): ['"v=spf1 -all" "more"'],
    ("example.com", "NS"): ["ns.example.com."],
    ("example.com", "SOA"): ["ns.example.com. root.example.com. 1 2 3 4 5"],
    ("example.com", "CAA"): ['0 issue "ca.example"'],
    ("www.example.com", "CNAME"): ["example.com."],
    ("_sip._tcp.example.com", "SRV"): ["1 2 5060 sip.example.com."],
    ("example.com", "NAPTR"): ['1 2 "s" "SIP+D2T" "" _sip._tcp.example.com.'],
    ("inside.example.com", "A"): ["10.0.0.7"],
    ("mixed.example.com", "A"): ["93.184.216.35", "10.0.0.8"],
    ("7.0.0.10.in-addr.arpa", "PTR"): ["db.internal."],
    ("alias.example.com", "CNAME"): ["7.0.0.10.in-addr.arpa."],
    ("34.216.184.93.in-addr.arpa", "PTR"): ["example.com."],
}


class _Answers(socketserver.BaseRequestHandler):
    """One question over UDP."""

    def handle(self):
        data, socket = self.request
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        self.server.asked.append((name, kind))
        if name == "silent.example.com":
            return
        answer = dns.message.make_response(question)
        alias = ZONE.get((name, "CNAME"))
        if alias is not None and kind == "PTR":
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", *alias))
            name = alias[0].removesuffix(".")
        found = ZONE.get((name, kind))
        if found is not None:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
        elif name == "broken.example.com":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in {known for known, _ in ZONE}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        socket.sendto(answer.to_wire(), self.client_address)


@contextmanager
def name_server():
    """`port`, and `asked`: names and types."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answers) as server:
        server.asked, server.port = [], server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()

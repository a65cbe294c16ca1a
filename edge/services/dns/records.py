"""Records as Node's `dns` gives them: https://nodejs.org/api/dns.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dns.rdata import Rdata

TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "TLSA", "TXT")


def _name(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _caa(record: Any) -> dict[str, object]:
    return {"critical": record.flags, _text(record.tag): _text(record.value)}


def _naptr(record: Any) -> dict[str, object]:
    return {
        "flags": _text(record.flags),
        "service": _text(record.service),
        "regexp": _text(record.regexp),
        "replacement": _name(record.replacement),
        "order": record.order,
        "preference": record.preference,
    }


def _soa(record: Any) -> dict[str, object]:
    return {
        "nsname": _name(record.mname),
        "hostmaster": _name(record.rname),
        "serial": record.serial,
        "refresh": record.refresh,
        "retry": record.retry,
        "expire": record.expire,
        "minttl": record.minimum,
    }


def _srv(record: Any) -> dict[str, object]:
    return {"name": _name(record.target), "port": record.port, "priority": record.priority, "weight": record.weight}


def _tlsa(record: Any) -> dict[str, object]:
    return {"certUsage": record.usage, "selector": record.selector, "match": record.mtype, "data": record.cert.hex()}


_SHAPES: dict[str, Callable[[Any], object]] = {
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "CAA": _caa,
    "CNAME": lambda record: _name(record.target),
    "MX": lambda record: {"exchange": _name(record.exchange), "priority": record.preference},
    "NAPTR": _naptr,
    "NS": lambda record: _name(record.target),
    "PTR": lambda record: _name(record.target),
    "SOA": _soa,
    "SRV": _srv,
    "TLSA": _tlsa,
    "TXT": lambda record: [_text(part) for part in record.strings],
}


def shape(kind: str, record: Rdata) -> object:
    """One record."""
    return _SHAPES[kind](record)

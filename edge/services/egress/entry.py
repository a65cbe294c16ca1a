"""Entries of allow and deny lists, from config to rules, with errors that say how to write them.

An entry is text (`"public"`, `"all"`, `"*"`, `"api.example.com"`, `"*.example.org:8443"`,
`"https://api.example.com"`, `"203.0.113.0/24:8080"`, `"[2001:db8::1]:443"`) or a table
(`{ host = "db.internal", port = 5432, private = true, scheme = "https", methods = ["GET"], path = "/v1/*" }`).
A name or address without a port means every port, one with a scheme only that scheme's default port (tcp and tls
have none: every port).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from edge.services.egress.address import Network, classify
from edge.services.egress.domain import is_dns_name
from edge.services.egress.host import parse_host
from edge.services.egress.literals import format_address
from edge.services.egress.rule import Kind, Rule

Entry = str | Mapping[str, object]
_KEYS = ("host", "port", "scheme", "private", "methods", "path")
_SCHEMES: dict[str, int | None] = {"http": 80, "https": 443, "ws": 80, "wss": 443, "tcp": None, "tls": None}
"""Schemes and their default ports."""
_SPLIT = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<host>\[[^\]]*\](?:/\d+)?|[^:]*)(?::(?P<port>[^:]*))?"
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_KEYWORDS: dict[str, Kind] = {"public": "public", "all": "any", "*": "any"}


def check_entry(entry: object) -> str | None:
    """What is wrong with an entry, and how to write it; None when it is good."""
    try:
        parse_entry(entry)
    except ValueError as error:
        return str(error)
    return None


def parse_entry(entry: object) -> Rule:
    """The rule of one entry.  Raises ValueError with a message that suggests the fix."""
    if isinstance(entry, str):
        return _from_text(entry)
    if isinstance(entry, Mapping):
        return _from_table(entry)
    raise ValueError(f'{entry!r} is neither text like "api.example.com:443" nor a table like {{ host = "..." }}')


def _from_text(text: str) -> Rule:
    if text in _KEYWORDS:
        return Rule(text, _KEYWORDS[text], private=text == "all")
    scheme, host, port = _split(text)
    kind, name, network = _parse_place(host, text)
    ports = _ports(scheme, None if port is None else _port_text(port, text))
    return Rule(text, kind, name, network, frozenset({scheme} if scheme else ()), ports)


def _split(text: str) -> tuple[str, str, str | None]:
    """Scheme ("" without), host and port (None without) of a text entry."""
    if text.startswith("unix:"):
        raise ValueError(f"{text!r}: unix sockets can never be reached")
    if "@" in text:
        raise ValueError(f"{text!r}: an entry cannot hold a user name or password")
    if "://" not in text and _bare_ipv6(text):
        return "", text, None
    match = _SPLIT.fullmatch(text.removesuffix("/") if "://" in text else text)
    if match is None:
        raise ValueError(f'{text!r} is not host, host:port, scheme://host or a CIDR range (IPv6: "[::1]:80")')
    scheme = (match["scheme"] or "").lower()
    if scheme and scheme not in _SCHEMES:
        raise ValueError(f"{text!r}: the scheme must be one of {', '.join(_SCHEMES)}, or be left out")
    if scheme and "/" in match["host"] and not _is_network(match["host"]):
        raise ValueError(f'{text!r}: a path needs the table form, {{ host = "...", path = "/v1/*" }}')
    return scheme, match["host"], match["port"]


def _bare_ipv6(text: str) -> bool:
    return text.count(":") > 1 and not text.startswith("[") and _is_network(text)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
    return True


def _parse_place(host: str, text: str) -> tuple[Kind, str, Network | None]:
    """Kind, name and network of a host pattern."""
    if host in _KEYWORDS:
        return _KEYWORDS[host], "", None
    plain = host.replace("[", "").replace("]", "")
    if _is_network(plain):
        return "network", "", _network(plain, text)
    if host.startswith("*."):
        return "suffix", _name(host[2:], text), None
    if "*" in host:
        raise ValueError(f'{text!r}: "*" may only stand for whole labels in front, as in "*.example.org"')
    return "name", _name(host, text), None


def _network(plain: str, text: str) -> Network:
    network = ipaddress.ip_network(plain, strict=False)
    if "%" in plain:
        raise ValueError(f"{text!r}: an address cannot have a zone here")
    written = ipaddress.ip_address(plain.partition("/")[0])
    if written != network.network_address:
        raise ValueError(f'{text!r} has bits beyond its prefix; write "{network}"')
    if network.num_addresses == 1 and classify(network.network_address) == "metadata":
        raise ValueError(f"{text!r} is a cloud's metadata address; those are always refused")
    return network


def _name(text: str, entry: str) -> str:
    try:
        host = parse_host(text)
    except ValueError as error:
        raise ValueError(f"{entry!r}: {error}") from error
    if host.address is not None:
        raise ValueError(f'{entry!r} is an odd spelling of an address; write "{format_address(host.address)}"')
    if not is_dns_name(host.name):
        raise ValueError(f"{entry!r} is not a DNS name: labels are 1 to 63 letters, digits and hyphens")
    return host.name


def _port_text(port: str, text: str) -> int:
    if not (port.isascii() and port.isdigit()):
        raise ValueError(f"{text!r}: {port!r} is not a port number (write host:443, or no port for every port)")
    return _port(int(port[:6]), text)


def _port(port: object, entry: object) -> int:
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise ValueError(f"{entry!r}: a port is a number from 1 to 65535, not {port!r}")
    return port


def _ports(scheme: str, port: int | None) -> frozenset[int]:
    if port is not None:
        return frozenset({port})
    default = _SCHEMES[scheme] if scheme else None
    return frozenset() if default is None else frozenset({default})


def _from_table(table: Mapping[str, object]) -> Rule:
    for key in table:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f" ({', '.join(_KEYS)} are)"
            raise ValueError(f"{key!r} is not a key of an egress entry{hint}")
    host = table.get("host")
    if not isinstance(host, str) or not host:
        raise ValueError('an egress entry needs host = "..." (a name, "*.name", an address or a CIDR range)')
    if ("://" in host or re.search(r":\d+$", host)) and not _is_network(host.replace("[", "").replace("]", "")):
        raise ValueError(f'{host!r}: in a table, scheme and port are keys of their own: {{ host = "...", port = 443 }}')
    scheme = _choice(table, "scheme")
    kind, name, network = _parse_place(host, host)
    return Rule(
        _text(table),
        kind,
        name,
        network,
        frozenset({scheme} if scheme else ()),
        _port_list(table, scheme),
        _flag(table, "private") or host == "all",
        _methods(table),
        _path(table),
    )


def _text(table: Mapping[str, object]) -> str:
    """The table as TOML writes it."""
    words = {True: "true", False: "false"}
    parts = (f"{key} = {words[value] if isinstance(value, bool) else _quoted(value)}" for key, value in table.items())
    return "{ " + ", ".join(parts) + " }"


def _quoted(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(_quoted, value))}]" if isinstance(value, Sequence) else str(value)


def _choice(table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if value != "" and value not in _SCHEMES:
        raise ValueError(f"{key} must be one of {', '.join(_SCHEMES)}, or be left out, not {value!r}")
    return str(value)


def _port_list(table: Mapping[str, object], scheme: str) -> frozenset[int]:
    value = table.get("port")
    if value is None:
        return _ports(scheme, None)
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    return frozenset(_port(port, dict(table)) for port in values)


def _flag(table: Mapping[str, object], key: str) -> bool:
    value = table.get(key, False)
    if value is not True and value is not False:
        raise ValueError(f"{key} must be true or false, not {value!r}")
    return value


def _methods(table: Mapping[str, object]) -> frozenset[str]:
    value = table.get("methods", ())
    values = () if isinstance(value, str) or not isinstance(value, Sequence) else tuple(map(str, value))
    if ("methods" in table and not values) or not all(map(_TOKEN.fullmatch, values)):
        raise ValueError(f'methods must be a list such as ["GET", "POST"], not {value!r}')
    return frozenset(method.upper() for method in values)


def _path(table: Mapping[str, object]) -> str:
    value = table.get("path", "")
    if not isinstance(value, str) or (value and value[0] not in "/*") or "?" in value or "#" in value:
        raise ValueError(f'path must begin with "/", may hold "*", and has no query, as in "/v1/*", not {value!r}')
    return value

"""node:dns, asked of a real name server."""

from __future__ import annotations

import ipaddress

import pytest
import trio

from edge.services.dns.permission import may_ask, may_learn, reversed_address
from edge.services.egress.host import parse_host
from edge.services.egress.policy import Policy
from tests.runtime.node.network_rig import body, network
from tests.support.name_server import name_server

pytestmark = pytest.mark.integration


class Names:
    """What the system's resolver says."""

    async def resolve(self, name):
        await trio.lowlevel.checkpoint()
        found = {"host.example.com": ["93.184.216.34", "2606:2800:220:1::1", "10.0.0.9"]}.get(name, [])
        return [ipaddress.ip_address(text) for text in found]


async def test_dns_answers_as_nodes(tmp_path):
    """Shapes and codes are Node's; addresses that are not public, and names that no rule covers, stay unknown."""
    rules = ["*.example.com", "example.com"]
    with name_server() as server:
        code = body("dns_answers_as_nodes")
        async with network(tmp_path, code, allow=rules, resolver=Names(), dns_port=server.port) as net:
            out = await net.answer()
        assert not any(name.endswith("example.org") for name, _ in server.asked)
    assert out["Mx"] == [{"exchange": "mail.example.com", "priority": 10}]
    assert out["Txt"] == [["v=spf1 -all", "more"]]
    assert out["Ns"] == ["ns.example.com"]
    assert out["Soa"] == {
        "nsname": "ns.example.com",
        "hostmaster": "root.example.com",
        "serial": 1,
        "refresh": 2,
        "retry": 3,
        "expire": 4,
        "minttl": 5,
    }
    assert out["Caa"] == [{"critical": 0, "issue": "ca.example"}]
    assert out["Naptr"][0]["replacement"] == "_sip._tcp.example.com"
    assert out["a"] == out["plain"] == ["93.184.216.34"]
    assert out["ttl"] == [{"address": "93.184.216.34", "ttl": 60}]
    assert out["aaaa"] == ["2606:2800:220:1::1"]
    assert out["cname"] == ["example.com"]
    assert out["service"] == [{"name": "sip.example.com", "port": 5060, "priority": 1, "weight": 2}]
    assert {"A", "AAAA", "MX", "SOA"} <= set(out["any"])
    assert out["mixed"] == ["93.184.216.35"]
    assert out["none"] == ["ENOTFOUND", "queryMx ENOTFOUND gone.example.com", "queryMx", "gone.example.com"]
    assert out["nodata"][0] == "ENODATA"
    assert out["broken"] == "ESERVFAIL"
    for refused in (out["inside"], out["other"], out["lookupOther"]):
        assert refused[0] == "EACCES"
        assert refused[1].startswith("Network policy blocked look-up of ")
        assert "10.0.0" not in refused[1]
    assert out["private"] == "EACCES"
    assert out["lookup"] == ["127.0.0.1", 4]
    assert out["all"] == [{"address": "93.184.216.34", "family": 4}, {"address": "2606:2800:220:1::1", "family": 6}]
    assert out["first"] == {"address": "2606:2800:220:1::1", "family": 6}
    assert out["ordered"] == [6, 4]
    assert out["empty"] == [None, 4]
    assert out["v4"] == "93.184.216.34"
    assert out["bad"] == [
        *(
            "ERR_INVALID_ARG_TYPE",
            "ERR_INVALID_ARG_VALUE",
            "ERR_INVALID_ARG_VALUE",
            "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
        )
    ]
    assert out["badType"] == "ERR_INVALID_ARG_VALUE"
    assert out["codes"] == ["ENODATA", "ENOTFOUND", 0]


async def test_addresses_have_names(tmp_path):
    """Those that a connection could reach."""
    code = """
      const called = new Promise((resolve) => dns.reverse('93.184.216.34', (error, names) => resolve(names)));
      const service = await dns.promises.lookupService('93.184.216.34', 443);
      return Response.json([await called, service, await rejected(dns.promises.reverse('10.0.0.7'))]);
    """
    with name_server() as server:
        async with network(tmp_path, code, allow=["public"], dns_port=server.port) as net:
            names, service, private = await net.answer()
    assert names == ["example.com"]
    assert service == {"hostname": "example.com", "service": "https"}
    assert private == "EACCES"


async def test_names_of_what_is_inside_stay_unknown(tmp_path):
    """Whether they are asked for by the reverse name, as another type, or through an alias of one's own."""
    code = """
      const { resolvePtr, resolveNs, resolveTxt } = dns.promises;
      return Response.json([
        await rejected(resolvePtr('7.0.0.10.in-addr.arpa')), await rejected(resolveNs('0.0.10.IN-ADDR.arpa.')),
        await rejected(resolveTxt('7.0.0.10%2ein-addr.arpa')), await rejected(resolvePtr('alias.example.com')),
        await resolvePtr('34.216.184.93.in-addr.arpa'),
      ]);
    """
    with name_server() as server:
        async with network(tmp_path, code, allow=["public"], dns_port=server.port) as net:
            assert await net.answer() == ["EACCES"] * 4 + [["example.com"]]
        assert [name for name, _ in server.asked] == ["alias.example.com", "34.216.184.93.in-addr.arpa"]


async def test_the_name_that_is_asked_about_is_the_one_that_was_checked(tmp_path):
    """As the policy reads it, however it is written."""
    code = """
      await rejected(dns.promises.resolveMx('ALLOWED%2eexample.com'));
      await rejected(dns.promises.resolveMx('fa\u00df.example.com'));
      return Response.json([]);
    """
    with name_server() as server:
        async with network(tmp_path, code, allow=["*.example.com"], dns_port=server.port) as net:
            await net.answer()
        assert [name for name, _ in server.asked] == ["allowed.example.com", "xn--fa-hia.example.com"]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("7.0.0.10.in-addr.arpa", "10.0.0.7"),
        ("x.7.0.0.10.in-addr.arpa", "10.0.0.7"),
        ("0-127.2.0.192.in-addr.arpa", "192.0.2.0"),
        ("10.in-addr.arpa", "10.0.0.0"),
        ("in-addr.arpa", "0.0.0.0"),
        ("256.1.in-addr.arpa", "1.0.0.0"),
        ("1.0.0.f.ip6.arpa", "f001::"),
        (".".join("8b" + "0" * 29 + "2") + ".ip6.arpa", "2000::b8"),
        ("in-addr.example", None),
        ("arpa", None),
    ],
)
def test_reverse_names_are_about_addresses(name, address):
    """Also those of ranges, and what is below one."""
    found = reversed_address(name)
    assert (None if found is None else str(found)) == address


@pytest.mark.parametrize(
    ("allow", "deny", "name", "asks", "address", "learns"),
    [
        (["public"], [], "a.example", True, "93.184.216.34", True),
        (["public"], [], "a.example", True, "10.0.0.1", False),
        (["all"], [], "a.example", True, "10.0.0.1", True),
        (["all"], [], "a.example", True, "169.254.169.254", False),
        ([], [], "a.example", False, "93.184.216.34", False),
        (["b.example"], [], "a.example", False, "93.184.216.34", False),
        (["public"], ["a.example"], "a.example", False, "93.184.216.34", False),
        (["public"], ["a.example:25"], "a.example", True, "93.184.216.34", True),
        (["public"], ["93.184.0.0/16"], "a.example", True, "93.184.216.34", False),
        (["10.0.0.0/8"], [], "a.example", True, "10.0.0.1", True),
        ([{"host": "db.internal", "private": True}], [], "db.internal", True, "10.0.0.1", True),
    ],
)
def test_what_may_be_asked_and_learned(allow, deny, name, asks, address, learns):
    """A question is a way out; an answer tells what a connection could reach."""
    policy, host = Policy.from_config(allow, deny), parse_host(name)
    assert may_ask(policy, host) is asks
    assert (asks and may_learn(policy, host, ipaddress.ip_address(address))) is learns

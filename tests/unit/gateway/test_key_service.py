"""How the gateway reaches the keys of issuers."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from edge.config.auth_model import AuthConfig, AuthRule
from edge.config.egress_model import EgressConfig
from edge.config.model import Config
from edge.config.route_model import Route
from edge.gateway.duties.key_service import key_outbound
from edge.services.egress.target import Target
from edge.services.egress.url import parse_url


def allowed(config, url, address):
    """Whether the gateway would fetch a URL whose host has this address."""
    policy, target = key_outbound(config).policy, Target.request("GET", parse_url(url))
    return policy.check(target).allowed and policy.check_addresses(target, (ip_address(address),)).allowed


CONFIG = Config(
    auth={"a": AuthRule(type="bearer_jwt", issuer="https://login.internal")},
    routes=[
        Route(path="/", auth=AuthRule(any_=["a", AuthConfig(type="bearer_jwt", jwks_url="http://[fd00::1]:81/k")]))
    ],
    egress=EgressConfig(allow=[], deny=["denied.test"]),
)


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        ("https://login.internal/x", "10.0.0.1", True),
        ("http://[fd00::1]:81/k", "fd00::1", True),
        ("https://www.googleapis.com/keys", "8.8.8.8", True),
        ("https://other.internal/x", "10.0.0.1", False),
        ("https://login.internal:8443/x", "10.0.0.1", False),
        ("https://login.internal/x", "169.254.169.254", False),
        ("https://denied.test/x", "8.8.8.8", False),
    ],
)
def test_hosts_that_the_operator_names_are_open_and_the_public_internet(url, address, expected):
    """Whatever functions may reach; never metadata services, nor what is denied."""
    assert allowed(CONFIG, url, address) is expected


def test_a_place_that_is_none_opens_nothing():
    """Compiling goes on; whoever fetches is told."""
    config = Config(auth={"a": AuthRule(type="bearer_jwt", jwks_url="https://999.1.1.1/k")})
    assert allowed(config, "https://www.googleapis.com/keys", "8.8.8.8")

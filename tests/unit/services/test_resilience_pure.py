"""Circuit breaker, backoff and the choice of a rule: values in, values out."""

from __future__ import annotations

import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.services.egress.target import Target
from edge.services.egress.url import parse_url
from edge.services.resilience.backoff import is_transient, pause, retry_after
from edge.services.resilience.breaker import Circuit
from edge.services.resilience.rules import Breaker, HostRule, Retry, most_specific

RULE = Breaker(failures=3, cooldown=10.0)


def target(url):
    """What a GET of `url` asks for."""
    return Target.request("GET", parse_url(url))


def test_a_circuit_opens_after_so_many_failures_in_a_row():
    """A success in between starts the count again."""
    circuit = Circuit()
    for _ in range(2):
        circuit = circuit.failed(RULE, 0.0)
    circuit = circuit.succeeded()
    for _ in range(2):
        circuit = circuit.failed(RULE, 0.0)
    assert circuit.admit(RULE, 0.0) is not None
    circuit = circuit.failed(RULE, 1.0)
    assert circuit.admit(RULE, 10.9) is None
    assert circuit.wait(1.0) == 10.0


def test_one_request_finds_out_whether_the_host_is_back():
    """Only one; its success closes the circuit, its failure opens it again, and when it is given up another may try."""
    opened = Circuit(failures=3, until=5.0)
    probing = opened.admit(RULE, 5.0)
    assert probing is not None
    assert probing.admit(RULE, 5.0) is None
    assert probing.succeeded() == Circuit()
    again = probing.failed(RULE, 6.0)
    assert again.admit(RULE, 15.9) is None
    assert again.admit(RULE, 16.0) is not None
    assert probing.abandoned().admit(RULE, 5.0) is not None


def test_failures_of_requests_that_were_on_their_way_do_not_prolong_an_open_circuit():
    """They were sent before it opened."""
    opened = Circuit(failures=3, until=5.0)
    assert opened.failed(RULE, 4.0).until == 5.0


@given(st.lists(st.sampled_from(["ok", "bad", "gone", "tick"]), max_size=60))
def test_a_circuit_lets_at_most_one_request_out_while_it_is_not_closed(events):
    """Whatever happens in whatever order; and time always lets one out."""
    circuit, now = Circuit(), 0.0
    for event in events:
        now += 4.0 if event == "tick" else 0.0
        admitted = circuit.admit(RULE, now)
        if admitted is not None and admitted.failures >= RULE.failures:
            assert admitted.admit(RULE, now + 1000.0) is None
        circuit = admitted or circuit
        circuit = {"ok": circuit.succeeded(), "bad": circuit.failed(RULE, now), "gone": circuit.abandoned()}.get(
            event, circuit.abandoned()
        )
        assert circuit.admit(RULE, now + RULE.cooldown) is not None


@given(st.integers(1, 9), st.floats(0, 1))
def test_pauses_double_up_to_their_limit_and_are_never_the_same_for_all(attempt, chance):
    """Between half of the full pause and all of it."""
    retry = Retry(attempts=10, backoff=0.1, max_backoff=2.0)
    full = min(2.0, 0.1 * 2 ** (attempt - 1))
    assert full / 2 <= pause(retry, attempt, chance) <= full


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), (" 0 ", 0.0), ("-1", None), ("1.5", None), ("soon", None), ("", None), ("9" * 30, None)],
)
def test_retry_after_in_seconds(value, seconds):
    """As a number, and nothing when it is none."""
    assert retry_after([("x", "1"), ("retry-after", value)], 0.0) == seconds


def test_retry_after_as_a_date():
    """From now on, and never before."""
    date = email.utils.formatdate(1_000_010, usegmt=True)
    assert retry_after([("retry-after", date)], 1_000_000.0) == 10.0
    assert retry_after([("retry-after", date)], 2_000_000.0) == 0.0
    assert retry_after([], 0.0) is None


def test_the_most_specific_rule_counts():
    """Names before suffixes, longer suffixes before shorter, a port before none; and `*` for the rest."""
    rules = [HostRule.of(text) for text in ("*", "*.test", "*.api.test", "a.api.test", "a.api.test:8080", "10.0.0.0/8")]
    found = {
        url: rule.rule.text if (rule := most_specific(rules, target(url))) else None
        for url in ("http://x", "http://b.test", "http://b.api.test", "http://a.api.test", "http://a.api.test:8080")
    }
    assert list(found.values()) == ["*", "*.test", "*.api.test", "a.api.test", "a.api.test:8080"]
    assert most_specific(rules, target("http://10.1.1.1")).rule.text == "10.0.0.0/8"
    assert most_specific([HostRule.of("https://a.test")], target("http://a.test")) is None


def test_what_may_be_another_failure_or_none_the_next_time():
    """Connections and answers; not certificates, policies or limits."""
    assert is_transient("connect", "ECONNREFUSED")
    assert is_transient("response", "ETIMEDOUT")
    assert is_transient("ip", "EAI_AGAIN")
    assert not is_transient("ip", "ENOTFOUND")
    assert not is_transient("tls", "ERR_TLS_CERT")
    assert not is_transient("host", "ERR_EGRESS_DENIED")
    assert not is_transient("limit", "ERR_FETCH_LIMIT")

"""Operations of `url`: UTS 46 as the URL Standard uses it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.ops.url import MAX_DOMAIN, OPS, to_ascii, to_unicode


@pytest.mark.parametrize(
    ("domain", "ascii_form"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("Bücher.de", "xn--bcher-kva.de"),
        ("faß.de", "xn--fa-hia.de"),  # non-transitional: not fass.de
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("日本語\u3002\uff2a\uff30", "xn--wgv71a119e.jp"),
        ("☕.example", "xn--53h.example"),  # not in IDNA 2008, but valid here
        ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
        ("a\u00adb", "ab"),
        ("-a-.com", "-a-.com"),
        ("a..b", "a..b"),
        ("x" * 100 + ".com", "x" * 100 + ".com"),  # lengths are not verified
        ("ශ\u0dca\u200dරී.com", "xn--10cl1a0b660p.com"),
    ],
)
def test_names_have_an_ascii_form(domain: str, ascii_form: str) -> None:
    """Mapped, normalised and encoded."""
    assert to_ascii(domain) == ascii_form


@pytest.mark.parametrize(
    "domain",
    [
        *("xn--", "xn--a", "xn--a-", "xn--xn---epa", "xn--Bcher-Kva\u00e4"),
        *("a\u200cb", "\u0301a", "\u202e", "\ufffd", "אa", "a" * (MAX_DOMAIN + 1)),
    ],
)
def test_names_without_ascii_form(domain: str) -> None:
    """Broken punycode, joiners out of place, leading marks, disallowed characters, mixed directions, endless names."""
    assert to_ascii(domain) is None


def test_unicode_form_keeps_what_does_not_decode() -> None:
    """It is for people, so it never fails."""
    assert to_unicode("xn--bcher-kva.de") == "bücher.de"
    assert to_unicode("xn--a.xn--") == "xn--a.xn--"


@given(st.text(max_size=30))
def test_the_ascii_form_is_ascii_and_stable(domain: str) -> None:
    """Whatever comes in: None, or ASCII that maps to itself."""
    result = to_ascii(domain)
    if result is not None:
        assert result.isascii()
        assert to_ascii(result) == result


def test_the_operations_take_and_give_json() -> None:
    """As the runtime calls them."""
    assert OPS["url.to_ascii"](msgspec.Raw(b'{"domain":"\xc3\xa4"}'), b"").value == "xn--4ca"
    assert OPS["url.to_unicode"](msgspec.Raw(b'{"domain":"xn--4ca"}'), b"").value == "ä"

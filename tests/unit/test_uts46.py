"""UTS 46 as the URL Standard uses it, for functions and for the policy of egress."""

from __future__ import annotations

import contextlib
import time

import idna.idnadata
import pytest
import unicodedata2
from hypothesis import given
from hypothesis import strategies as st

from edge.uts46 import MAX_DOMAIN, MAX_LABEL, to_ascii, to_unicode


@pytest.mark.parametrize(
    ("domain", "ascii_form"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("Bücher.de", "xn--bcher-kva.de"),
        ("faß.de", "xn--fa-hia.de"),  # non-transitional: not fass.de
        ("FAẞ.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("日本語\u3002\uff2a\uff30", "xn--wgv71a119e.jp"),
        ("☕.example", "xn--53h.example"),  # not in IDNA 2008, but valid here
        ("XN--BCHER-KVA.de", "xn--bcher-kva.de"),
        ("a\u00adb", "ab"),
        ("-a-.com", "-a-.com"),
        ("a..b", "a..b"),
        ("\u00ad", ""),
        ("x" * 100 + ".com", "x" * 100 + ".com"),  # lengths are not verified
        ("é" + "x" * 200, "xn--" + "x" * 200 + "-9hr"),
        ("x" * 5000, "x" * 5000),  # what needs no processing has no limit
        ("ශ\u0dca\u200dරී.com", "xn--10cl1a0b660p.com"),
        ("נ\u05b8.א1", "xn--gdb3f.xn--1-zhc"),
        ("a≠b", "xn--ab-miv"),
    ],
)
def test_names_have_an_ascii_form(domain, ascii_form):
    """Mapped, normalised and encoded."""
    assert to_ascii(domain) == ascii_form


@pytest.mark.parametrize(
    "domain",
    [
        *("xn--", "xn--a", "xn--a-", "xn--xn---epa", "xn--Bcher-Kva\u00e4", "é.xn--\u00e4"),
        *("a\u200cb", "\u0301a", "\u202e", "\ufffd", "אa", "א1٢", "a.א!b", "1א"),
        *("é" * (MAX_LABEL + 1), "é." * MAX_DOMAIN),
        # In ASCII they would be too long to be read again.
        *("".join(chr(0x4E00 + 7 * number) for number in range(200)), "é." * (MAX_DOMAIN // 2 - 1)),
        # Encoded: an upper-case letter, an ignored character, what is not normal, a full stop, a label that is encoded.
        *("xn--a-6da", "xn--a-vca", "xn--a-xbb", "xn--ab-wia0639b", "xn--xn---epa"),
    ],
)
def test_names_without_ascii_form(domain):
    """Broken Punycode, joiners out of place, leading marks, disallowed characters, mixed directions, endless names."""
    with pytest.raises(ValueError):  # noqa: PT011 - whoever calls it translates any
        to_ascii(domain)


def test_mapping_and_properties_are_of_one_version_of_unicode():
    """Otherwise a character that the one knows would be nothing in particular for the other."""
    assert idna.idnadata.__version__ == unicodedata2.unidata_version


def test_scripts_that_are_younger_than_this_python():
    """Composition, marks, viramas and direction of characters that Unicode got in versions 15 and 16."""
    assert to_ascii("\U000105d2\u0307") == to_ascii("\U000105c9")  # composed
    assert to_ascii("\U00011f12\U00011f41\u200d\U00011f12").startswith("xn--")  # a joiner after a virama
    for domain in ("\U000113ce", "a\U00010d50"):  # a mark alone, letters of both directions
        with pytest.raises(ValueError):  # noqa: PT011
            to_ascii(domain)


def test_unicode_form_keeps_what_does_not_decode():
    """It is for people, so it never fails."""
    assert to_unicode("xn--bcher-kva.de") == "bücher.de"
    assert to_unicode("xn--a.xn--.xn--\u00e4") == "xn--a.xn--.xn--\u00e4"
    assert to_unicode("x." * 5000 + "xn--4ca") == "x." * 5000 + "ä"


@given(st.text(max_size=30) | st.text("xn-\u0301\u200d\u05d0aéß.1", max_size=12))
def test_the_ascii_form_is_ascii_and_stable(domain):
    """Whatever comes in: an error, or ASCII that maps to itself, and that its Unicode form gives again."""
    try:
        result = to_ascii(domain)
    except ValueError:
        return
    assert result.isascii()
    assert to_ascii(result) == result
    assert to_ascii(to_unicode(result)) == result


_HAN = "".join(chr(0x4E00 + number) for number in range(MAX_DOMAIN))


@pytest.mark.hostile
@pytest.mark.parametrize(
    "domain",
    [
        *(_HAN, "xn--" + "a9" * 2000, "\u0915" + "\u200c" * 1000, "\u0915" * 4000, "é." * (MAX_DOMAIN // 2)),
        ".".join(_HAN[start : start + MAX_LABEL - 1] for start in range(0, 3 * MAX_LABEL, MAX_LABEL)),
        ".".join(["xn--" + "".join(chr(97 + number * 7 % 26) for number in range(MAX_LABEL - 4))] * 4),
    ],
)
def test_a_name_takes_little_time(domain):
    """Punycode takes time by the square of a label's length, and the gateway reads names that functions made up."""
    began = time.process_time()
    with contextlib.suppress(ValueError):
        to_ascii(domain)
    assert time.process_time() - began < 0.3

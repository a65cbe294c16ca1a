"""Legacy encodings: the standard's indexes, its errors, and sequences that are cut anywhere."""

from __future__ import annotations

import hashlib
import random

import msgspec
import pytest

from edge.errors import HostCallError
from edge.runtime.ops.encoding import OPS
from edge.runtime.ops.legacy import decoder
from edge.runtime.ops.legacy.outcome import ERROR
from edge.runtime.ops.legacy.single_byte import SINGLE_BYTE

MULTI_BYTE = ("big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis")


def decode(name, data, state="", *, last=True):
    return decoder(name)(data, state, last)


def text_of(name, data):
    outcome = decode(name, data)
    assert outcome.pending == 0
    return outcome.text.replace(ERROR, "\ufffd")


def op(data, **args):
    given = {"encoding": "gbk", "fatal": False, "last": True, "state": "", **args}
    return OPS["encoding.decode"](msgspec.Raw(msgspec.json.encode(given)), data)


# Digests of the indexes of https://encoding.spec.whatwg.org/#indexes, compared with its data when they were written.
INDEXES = {
    "big5": ("big5", [bytes([lead, trail]) for lead in range(0x81, 0xFF) for trail in range(256)]),
    "euc-kr": ("euc-kr", [bytes([lead, trail]) for lead in range(0x81, 0xFF) for trail in range(256)]),
    "gb18030": ("gb18030", [bytes([lead, trail]) for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF)]),
    "jis0208 and private use": (
        "shift_jis",
        [bytes([lead, trail]) for lead in [*range(0x81, 0xA0), *range(0xE0, 0xFD)] for trail in range(256)],
    ),
    "jis0208": ("euc-jp", [bytes([row, cell]) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]),
    "jis0212": ("euc-jp", [bytes([0x8F, row, cell]) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]),
    "gb18030 ranges": (
        "gb18030",
        [bytes([a, b, c, d]) for a in (*range(0x81, 0x85), 0x90, 0xE3) for b in range(0x30, 0x3A)
         for c in range(0x81, 0xFF) for d in range(0x30, 0x3A)],
    ),
    "iso-2022-jp": (
        "iso-2022-jp",
        [b"\x1b$B" + bytes([row, cell]) for row in range(0x21, 0x7F) for cell in range(0x21, 0x7F)],
    ),
    **{name: (name, [bytes([byte]) for byte in range(256)]) for name in sorted(SINGLE_BYTE)},
}  # fmt: skip
DIGESTS = {
    "big5": "97a435ce351c2920",
    "euc-kr": "683552cf962c9aa9",
    "gb18030": "559378d8974d8c29",
    "jis0208 and private use": "6ba6d8330c40a9a1",
    "jis0208": "740f3c368feb6fae",
    "jis0212": "816cdd19b564072a",
    "gb18030 ranges": "60dd30e5663a9dd3",
    "iso-2022-jp": "740f3c368feb6fae",
    "ibm866": "e4d6ff5ca5ada13a",
    "iso-8859-10": "4f9e6ea68a80234a",
    "iso-8859-13": "e0dc2e83c4600e7f",
    "iso-8859-14": "cc0467a122c68308",
    "iso-8859-15": "02da73e6cb687359",
    "iso-8859-16": "1695e6848a2fa540",
    "iso-8859-2": "f06000761c8bcf26",
    "iso-8859-3": "202a1b363622d2ae",
    "iso-8859-4": "f7076eceae60e496",
    "iso-8859-5": "93b826201406f5c1",
    "iso-8859-6": "7bd8ab9b93da30d5",
    "iso-8859-7": "6990b4f2c0f41585",
    "iso-8859-8": "3fece254a648dccd",
    "iso-8859-8-i": "3fece254a648dccd",
    "koi8-r": "4864274e118185ef",
    "koi8-u": "0fdfdda8e9261a58",
    "macintosh": "07da6af6067c9558",
    "windows-1250": "01dd09bae2d209f4",
    "windows-1251": "64bc96a197c74f59",
    "windows-1252": "d486335e5257b059",
    "windows-1253": "9e4c70ccbbd0778f",
    "windows-1254": "390edd6fb0372487",
    "windows-1255": "eb0725777360879e",
    "windows-1256": "5526d72d1fce45fa",
    "windows-1257": "6df262bb978fac4d",
    "windows-1258": "4744ca2fc1f4eb72",
    "windows-874": "17408160a539642a",
    "x-mac-cyrillic": "ce302a812a98d7f3",
    "x-user-defined": "eeb486ac8bd5c248",
}


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_is_that_of_the_standard(name):
    """Python's codecs with our corrections: another version of Python would be noticed."""
    encoding, sequences = INDEXES[name]
    text = "\n".join(text_of(encoding, sequence) for sequence in sequences)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == DIGESTS[name]


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("gbk", b"\x81\x40\xff\x80", "\u4e02\ufffd\u20ac"),
        ("gb18030", b"\x81\x30\x81", "\ufffd"),
        ("gb18030", b"\x81\x30\x81\x41", "\ufffd0\u4e04"),
        ("gb18030", b"\x84\x31\xa4\x37", "\ufffd"),  # the character itself is no error: see below
        ("gb18030", b"\x81\x35\xf4\x37\xa8\xbc", "\ue7c7\u1e3f"),
        ("gb18030", b"\xe3\x32\x9a\x35\xe3\x32\x9a\x36", "\U0010ffff\ufffd"),
        ("big5", b"\x88\x62\x88\xa3", "\u00ca\u0304\u00ea\u0304"),
        ("big5", b"\xa1\x3f\xa1\xff\x80", "\ufffd?\ufffd\ufffd"),
        ("big5", b"\x81\x40", "\ufffd@"),
        ("euc-jp", b"\x8f\xa2\xb7\x8e\xb1\x8e\xe0", "\uff5e\uff71\ufffd"),
        ("euc-jp", b"\x8f\xa2A\xa4\xa2", "\ufffdA\u3042"),
        ("euc-kr", b"\x81\x5b\xb0\xa1\x80", "\ufffd[\uac00\ufffd"),
        ("shift_jis", b"\x82\xa0\xb1\x80\xa0\xf0\x40\x82", "\u3042\uff71\x80\ufffd\ue000\ufffd"),
        ("shift_jis", b"\x5c\x7e", "\\~"),
        ("iso-2022-jp", b'\x1b$B$"\x1b(J\\~\x1b(I1\x1b(B~', "\u3042\u00a5\u203e\uff71~"),
        ("iso-2022-jp", b"\x1b(B\x1b$Ba", "\ufffd\ufffd"),
        ("iso-2022-jp", b"\x1b$B!\x1b(Bx", "\ufffdx"),
        ("iso-2022-jp", b"\x0e\x1b$", "\ufffd\ufffd$"),
        ("iso-2022-jp", b"\x1b(x", "\ufffd(x"),
        ("koi8-u", b"\xae\xbe", "\u045e\u040e"),
        ("windows-1255", b"\xca\xd9", "\u05ba\ufffd"),
        ("iso-8859-8-i", b"\xe0\xa1", "\u05d0\ufffd"),
        ("x-user-defined", b"a\x80\xff", "a\uf780\uf7ff"),
    ],
)  # fmt: skip
def test_errors_take_the_bytes_that_the_standard_says(name, data, text):
    """An ASCII byte that ends a wrong sequence is read again."""
    assert text_of(name, data) == text


@pytest.mark.parametrize("name", MULTI_BYTE)
def test_bytes_can_be_cut_anywhere(name):
    """Given piece by piece they say the same as at once."""
    random_ = random.Random(20240701)
    likely = b"\x1b($BJI@\x80\x81\x84\x88\x8e\x8f\x90\xa1\xa2\xb1\xe3\xfe\xff09A\\\x7f\n"
    for _ in range(1500):
        data = bytes(random_.choice(likely) if random_.random() < 0.8 else random_.randrange(256) for _ in range(9))
        cuts = sorted(random_.randrange(10) for _ in range(3))
        text, state, rest = "", "", b""
        for start, end in zip([0, *cuts], [*cuts, 9], strict=True):
            piece = rest + data[start:end]
            outcome = decode(name, piece, state, last=end == 9)
            text, state = text + outcome.text, outcome.state
            rest = piece[len(piece) - outcome.pending :]
        # The last piece may have come before an empty one.
        assert text + decode(name, rest, state).text == decode(name, data).text, data


def test_the_replacement_character_itself_is_no_error():
    """Only what is wrong fails in fatal mode."""
    assert op(b"\x84\x31\xa4\x37", encoding="gb18030", fatal=True).data == "\ufffd".encode("utf-16-le")
    assert op(b"\xff", fatal=True).value is None
    assert op(b"\xff").data == "\ufffd".encode("utf-16-le")


@pytest.mark.hostile
@pytest.mark.parametrize(
    "args", [{"encoding": "utf-7"}, {"encoding": "idna"}, {"encoding": ""}, {"state": "x"}, {"state": "j?"}]
)
def test_only_encodings_of_the_standard_have_a_decoder(args):
    """A cell may ask for whatever it likes, and gets none of Python's other codecs."""
    with pytest.raises(HostCallError):
        op(b"abc", **args)


@pytest.mark.hostile
def test_what_comes_up_once_is_not_kept():
    """The tables of a process grow to the pairs of an encoding, not to what a function sends."""
    from edge.runtime.ops.legacy.double_byte import TABLES  # noqa: PLC0415 - the inside, for this test alone

    decode("gb18030", b"".join(bytes([0x90 + i % 80, 0x30, 0x81 + i % 100, 0x30 + i % 10]) for i in range(5000)))
    for number in range(1000):
        decode("gb18030", b"%d\x81\x40" % number)
    assert all(len(token) <= 2 and not token.isascii() for token in TABLES["gb18030"])

from __future__ import annotations

import struct
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import PackageError
from edge.packages.bundle import Bundle, parse_hash
from edge.packages.index import MAGIC
from edge.packages.limits import PackageLimits

FILES = {"index.js": b"exports.a = 1", "lib/a.js": b"", "lib/deep/b.json": b"{}", "lib.js": b"x"}

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0", exclude_categories=("Cc", "Cs")), min_size=1)
PATHS = st.lists(NAMES.filter(lambda name: name not in {".", ".."} and ":" not in name), min_size=1, max_size=4)


def forged(files, links, contents=b"", *, magic=MAGIC):
    body = msgspec.msgpack.encode([files, links])
    return magic + struct.pack(">Q", len(body)) + body + contents


def test_the_hash_does_not_depend_on_the_order_of_files():
    """Only what is in the package counts."""
    assert Bundle.build(FILES).hash == Bundle.build(dict(reversed(FILES.items()))).hash


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "index.js": b"exports.a = 2"},
        {**FILES, "new.js": b""},
        {path: content for path, content in FILES.items() if path != "lib/a.js"},
        {("moved.js" if path == "lib.js" else path): content for path, content in FILES.items()},
        {**FILES, "lib/a.js": b"exp", "index.js": b"orts.a = 1"},
    ],
)
def test_the_hash_depends_on_every_name_and_every_byte(other):
    """No two different packages share a hash."""
    assert Bundle.build(other).hash != Bundle.build(FILES).hash


def test_links_are_part_of_the_hash():
    """A link and a copy behave differently, so they are different packages."""
    linked = Bundle.build(FILES, {"main.js": "index.js"})
    copied = Bundle.build({**FILES, "main.js": FILES["index.js"]})
    assert linked.read("main.js") == copied.read("main.js")
    assert linked.hash != copied.hash


def test_programs_of_node_modules_are_kept_as_copies():
    """Archivers differ in whether they follow these links; the hash must not."""
    files = {"node_modules/t/cli.js": b"#!"}
    linked = Bundle.build(files, {"node_modules/.bin/t": "../t/cli.js"})
    assert linked.hash == Bundle.build({**files, "node_modules/.bin/t": b"#!"}).hash


def test_a_bundle_reads_as_a_file_system():
    """Files, folders and their names are what was put in."""
    bundle = Bundle.open(bytes(Bundle.build(FILES).buffer))
    assert bundle.files == sorted(FILES)
    assert {path: bundle.read(path) for path in bundle.files} == FILES
    assert bundle.list() == ["index.js", "lib", "lib.js"]
    assert bundle.list("lib") == ["a.js", "deep"]
    assert bundle.is_dir("")
    assert bundle.is_dir("lib/deep")
    assert not bundle.is_dir("lib/a.js")
    assert bundle.is_file("lib/a.js")
    assert not bundle.is_file("lib")
    assert bundle.stat_size("index.js") == len(FILES["index.js"])
    assert bundle.size == sum(map(len, FILES.values()))


@pytest.mark.parametrize(
    "path", ["nope.js", "lib", "", "/index.js", "lib/../index.js", "./index.js", "lib/", "a\0b", "x" * 9999]
)
def test_reading_what_is_not_a_file_says_so(path):
    """Odd paths are merely not there."""
    with pytest.raises(FileNotFoundError):
        Bundle.build(FILES, {"link": "lib"}).read(path)


def test_views_do_not_copy():
    """A view shares its memory with the bundle and cannot be written to."""
    bundle = Bundle.build(FILES)
    view = bundle.view("index.js")
    assert view.obj is bundle.buffer.obj
    assert view.readonly


def test_text_is_read_as_node_reads_it():
    """The byte order mark goes, malformed UTF-8 is replaced."""
    bundle = Bundle.build({"a.js": b"\xef\xbb\xbfx\xff"})
    assert bundle.text("a.js") == "x\ufffd"


def test_folder_links_are_followed_in_the_middle_of_a_path():
    """Reading through a link finds what is behind it, and realpath says where that is."""
    files = {"node_modules/.pnpm/a@1/node_modules/a/index.js": b"a", "node_modules/.pnpm/b@1/node_modules/b/i.js": b"b"}
    links = {
        "node_modules/a": ".pnpm/a@1/node_modules/a",
        "node_modules/.pnpm/a@1/node_modules/b": "../../b@1/node_modules/b",
    }
    bundle = Bundle.build(files, links)
    assert bundle.read("node_modules/a/index.js") == b"a"
    assert bundle.realpath("node_modules/a/index.js") == "node_modules/.pnpm/a@1/node_modules/a/index.js"
    assert bundle.read("node_modules/.pnpm/a@1/node_modules/b/i.js") == b"b"
    assert bundle.list("node_modules/a") == ["index.js"]
    assert bundle.is_dir("node_modules/a")
    assert bundle.realpath("node_modules/a/none.js") is None


def test_links_through_links_are_settled_to_their_ends():
    """However a link is written, the bundle has where it really leads, `..` counted from the real folder."""
    files = {"deep/real/f.js": b"f", "deep/g.js": b"g"}
    links = {"short": "deep/real", "again": "short", "up.js": "again/../g.js", "root": "."}
    bundle = Bundle.build(files, links)
    assert bundle.links == {"short": "deep/real", "again": "deep/real", "up.js": "deep/g.js", "root": ""}
    assert bundle.read("root/root/short/f.js") == b"f"


def test_links_to_nothing_and_in_circles_are_left_out():
    """To a program such a link is a missing file, so it is one."""
    links = {"dead": "none.js", "a": "b", "b": "a", "self": "self/x", "via": "a/x", "through": "none/../index.js"}
    assert Bundle.build(FILES, links).links == {}


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("l", ".."),
        ("l", "../x"),
        ("lib/l", "../../x"),
        ("l", "/etc/passwd"),
        ("l", "lib/../../x"),
        ("l", "m/../../.."),
        ("l", "//x"),
    ],
)
def test_a_link_that_leads_out_is_refused_by_name(link, target):
    """The message names the link, so that its owner finds it."""
    with pytest.raises(PackageError, match=r"the link '[lib/]*[lm]' leads out"):
        Bundle.build(FILES, {link: target, "m": "lib/deep"})


def test_a_link_that_leads_out_through_another_link_is_refused():
    """`..` after a link counts from where the link leads."""
    with pytest.raises(PackageError, match="'out' leads out"):
        Bundle.build(FILES, {"l": "lib", "out": "l/../../x"})


def test_many_links_through_each_other_settle_in_linear_time():
    """A chain of thousands of links, in the worst order, is neither recursion nor quadratic."""
    links = {f"l{n:05}": f"l{n + 1:05}/." for n in range(20_000)} | {"l20000": "lib"}
    assert set(Bundle.build(FILES, links).links.values()) == {"lib"}


def test_a_link_target_of_very_many_segments_is_refused():
    """Walking targets is bounded work."""
    with pytest.raises(PackageError, match="segments, the limit is 128"):
        Bundle.build(FILES, {"l": "lib/../" * 65})


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/abs", "absolute"), ("C:/x", "absolute"), ("../x", "leads out"), ("a/../../x", "leads out"),
        ("a//b", "empty segment"), ("a/./b", "empty segment"), ("", "empty segment"), ("a/", "empty segment"),
        ("a\\b", "backslash"), ("a\0b", "control character"), ("a\nb", "control character"), ("\udcff", "UTF-8"),
        ("x" * 256, "has 256 bytes, the limit is 255"), ("é" * 128, "has 256 bytes, the limit is 255"),
        ("/".join("x" * 200 for _ in range(6)), "has 1205 bytes, the limit is 1024"),
        ("/".join("x" * 65), "65 levels deep, the limit is 64"),
    ],
)  # fmt: skip
def test_unsafe_paths_are_refused(path, why):
    """A path that some reader could take for another file cannot be in a package."""
    with pytest.raises(PackageError, match=why) as caught:
        Bundle.build({path: b""})
    assert "\0" not in str(caught.value)
    with pytest.raises(PackageError, match=why):
        Bundle.build(FILES, {path: "index.js"})


@pytest.mark.parametrize(
    ("files", "links"),
    [(["a", "a/b"], {}), (["a"], {"a": "b"}), (["a/b"], {"a": "c"}), (["c"], {"a": "c", "a/b": "c"})],
)
def test_a_path_cannot_be_two_things(files, links):
    """A file that is also a folder, or a link as well, has no meaning."""
    with pytest.raises(PackageError, match="'a' is in the package twice"):
        Bundle.build(dict.fromkeys(files, b""), links)


def test_limits_name_themselves_and_the_value():
    """Whoever goes over a limit reads which one, and by how much."""
    with pytest.raises(PackageError, match=r"more than 3 files, which is the limit"):
        Bundle.build(FILES, limits=PackageLimits(files=3))
    with pytest.raises(PackageError, match=r"at least 14 bytes with 'lib.js'; the limit is 13 \(13 bytes\)"):
        Bundle.build({"index.js": b"x" * 13, "lib.js": b"x"}, limits=PackageLimits(total=13))
    with pytest.raises(PackageError, match="more than 2 folders"):
        Bundle.build({f"{n}/x": b"" for n in range(5)}, limits=PackageLimits(folders=2))


def test_deep_folders_in_great_number_are_refused_before_they_take_memory():
    """50,000 files in folders of their own, 60 deep, would be millions of folders."""
    with pytest.raises(PackageError, match="more than 50000 folders"):
        Bundle.build({"/".join([str(n), *"d" * 60, "f"]): b"" for n in range(5000)})


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"", "magic"), (b"EDGEPKG", "magic"), (forged([], [], magic=b"EDGEPKG2"), "magic"),
        (MAGIC + struct.pack(">Q", 2**63), "cut short"), (MAGIC + struct.pack(">Q", 100) + b"x", "cut short"),
        (MAGIC + struct.pack(">Q", 1) + b"\xc1", "cannot be read"),
        (MAGIC + struct.pack(">Q", 3000) + b"\x91" * 3000, "cannot be read"),
        (forged([["a", 1]], []), "should have"), (forged([["a", 1]], [], b"xy"), "should have"),
        (forged([["a", -1]], []), "size of -1"), (forged([["a", 2**62]], []), "the limit is"),
        (forged([["b", 0], ["a", 0]], []), "not sorted"), (forged([["a", 0], ["a", 0]], []), "not sorted"),
        (forged([["../a", 0]], []), "leads out"), (forged([["a", 0], ["a/b", 0]], []), "twice"),
        (forged([["a", 0]], [["l", "../x"]]), "leads out"), (forged([["a", 0]], [["l", "none"]]), "not settled"),
        (forged([["a/b", 0]], [["l", "a"], ["m", "l/b"]]), "not settled"),
        (forged([["a", 0]], [["l", "./a"]]), "not settled"),
        (forged([["a", 0]], [["m", "a"], ["l", "a"]]), "not sorted"),
        (forged([["a", 0]], [[".bin/l", "a"]]), "not settled"), (forged([["a", 0]], [["a", "a"]]), "twice"),
        (forged([["a", "0"]], []), "cannot be read"), (forged([["a", 0, 0]], []), "cannot be read"),
        (forged([["a", 0]], [])[:-1], "cut short"),
    ],
)  # fmt: skip
def test_a_hostile_index_is_refused(blob, why):
    """Nothing about a stored bundle is believed."""
    with pytest.raises(PackageError, match=why):
        Bundle.open(blob)


def test_an_index_in_another_encoding_is_refused():
    """The same content in other bytes would have a second hash."""
    long_form = b"\x92\x91\x92\xd9\x01a\x00\x90"  # the name as str8 where fixstr is canonical
    with pytest.raises(PackageError, match="canonical"):
        Bundle.open(MAGIC + struct.pack(">Q", len(long_form)) + long_form)


@given(st.dictionaries(PATHS.map("/".join), st.binary(max_size=30), max_size=8))
def test_every_package_survives_the_round_trip(files):
    """What is built is opened as the same package, or is refused when it is built."""
    try:
        bundle = Bundle.build(files)
    except PackageError:
        return
    again = Bundle.open(bytes(bundle.buffer))
    assert again.hash == bundle.hash
    assert {path: again.read(path) for path in again.files} == files


@given(st.data())
def test_a_bundle_with_any_byte_changed_is_refused_or_has_another_hash(data):
    """Damage is never mistaken for the package."""
    bundle = Bundle.build(FILES, {"l": "lib"})
    blob = bytearray(bundle.buffer)
    position = data.draw(st.integers(0, len(blob) - 1))
    blob[position] ^= data.draw(st.integers(1, 255))
    with suppress(PackageError):
        assert Bundle.open(bytes(blob)).hash != bundle.hash


@given(st.binary(max_size=200))
def test_any_bytes_as_an_index_end_in_a_package_error(body):
    """No input gets another exception out of `open`."""
    with suppress(PackageError):
        Bundle.open(MAGIC + struct.pack(">Q", len(body)) + body)


def test_a_package_hash_has_one_spelling():
    """Upper case, other lengths and other algorithms are refused, since hashes name files."""
    digits = "0123456789abcdef" * 4
    assert parse_hash(f"sha256:{digits}") == digits
    for bad in (digits, f"sha256:{digits.upper()}", f"sha256:{digits[1:]}", f"md5:{digits}", "sha256:../../x", ""):
        with pytest.raises(PackageError, match="is not a package hash"):
            parse_hash(bad)

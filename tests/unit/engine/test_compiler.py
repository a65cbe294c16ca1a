"""From packages to templates: what a compiled package is known by, and what is kept of it."""

from __future__ import annotations

import msgspec
import pytest

from edge.engine import bundles, dll
from edge.engine.compiler import compiled_key
from edge.errors import PackageError
from edge.function import Limits
from edge.units import MIB
from tests.support.embedded_rig import make_bundle, make_compiler, make_function
from tests.support.zygote_rig import open_builder

SECRET = "5ecret-value-that-must-not-be-kept"
BUNDLE = make_bundle("module.exports = (req, res) => res.end()")
FUNCTION = make_function(BUNDLE, env={"A": "1"}, secrets={"TOKEN": SECRET})
KEY = compiled_key(FUNCTION, BUNDLE.hash)


@pytest.fixture
async def builder():
    async with open_builder() as builder:
        yield builder


class NoBuilder:
    """A builder that must not be asked."""

    async def build(self, request):
        raise AssertionError("this package is compiled already")


def changed(**fields):
    return msgspec.structs.replace(FUNCTION, **fields)


CHANGES = {
    "a variable's value": {"env": {"A": "2"}},
    "a variable's name": {"env": {"B": "1"}},
    "one more variable": {"env": {"A": "1", "B": ""}},
    "no variable": {"env": {}},
    "a secret's name": {"secrets": {"OTHER": SECRET}},
    "one more secret": {"secrets": {"TOKEN": SECRET, "OTHER": ""}},
    "no secret": {"secrets": {}},
    "a variable that becomes a secret": {"env": {}, "secrets": {"A": "1", "TOKEN": SECRET}},
    "contract": {"contract": "web"},
    "handler": {"handler": "index.other"},
}


@pytest.mark.parametrize("fields", CHANGES.values(), ids=CHANGES.keys())
def test_what_a_top_level_can_see_changes_the_key(fields):
    """A compiled package is of one environment."""
    assert compiled_key(changed(**fields), BUNDLE.hash) != KEY


def test_all_these_keys_differ():
    """No two of the changes meet."""
    assert len({compiled_key(changed(**fields), BUNDLE.hash) for fields in CHANGES.values()}) == len(CHANGES)


SAME = {
    "name": {"name": "other", "id": "x"},
    "limits": {"limits": Limits(memory=256 * MIB, timeout=1)},
    "a secret's value": {"secrets": {"TOKEN": "another value"}},
    "the order of variables": {"env": dict(reversed({"A": "1"}.items()))},
    "kv and reuse": {"kv": "store", "reuse": True},
}


@pytest.mark.parametrize("fields", SAME.values(), ids=SAME.keys())
def test_what_it_cannot_see_does_not_change_the_key(fields):
    """Functions that differ in these only share what was compiled."""
    assert compiled_key(changed(**fields), BUNDLE.hash) == KEY


def test_the_order_of_names_does_not_change_the_key():
    """Neither of variables nor of secrets."""
    one = changed(env={"A": "1", "B": "2"}, secrets={"C": "3", "D": "4"})
    two = changed(env={"B": "2", "A": "1"}, secrets={"D": "4", "C": "3"})
    assert compiled_key(one, BUNDLE.hash) == compiled_key(two, BUNDLE.hash)


def test_another_package_has_another_key():
    """The content counts, by its hash."""
    assert compiled_key(FUNCTION, make_bundle("module.exports = () => 2").hash) != KEY


@pytest.mark.parametrize("change", ["flags", "runtime", "transform", "format"])
def test_another_engine_has_another_key(monkeypatch, change):
    """A snapshot is of one V8, its flags, and one runtime."""
    original = bundles._read
    monkeypatch.setattr(bundles, "fingerprint", bundles.fingerprint.__wrapped__)
    assert compiled_key(FUNCTION, BUNDLE.hash) == KEY
    if change == "flags":
        monkeypatch.setattr(dll, "FLAGS", (*dll.FLAGS, "--other"))
    elif change == "format":
        monkeypatch.setattr(bundles, "FORMAT", bundles.FORMAT + 1)
    else:
        monkeypatch.setattr(bundles, "_read", lambda name: original(name) + ";" * (name == change))
    assert compiled_key(FUNCTION, BUNDLE.hash) != KEY


def test_a_secrets_value_is_not_even_hashed(monkeypatch):
    """What could be guessed from a key by trying is not in it."""
    seen = []
    encode = msgspec.json.encode
    monkeypatch.setattr(msgspec.json, "encode", lambda value, **options: seen.append(encode(value)) or seen[-1])
    compiled_key(FUNCTION, BUNDLE.hash)
    assert seen
    assert SECRET.encode() not in b"".join(seen)


READS_SECRETS = """
const early = Object.keys(process.env).concat(String(process.env.TOKEN));
module.exports = (req, res) => res.json([early, process.env.TOKEN]);
"""
USES_SECRETS = "const plain = process.env.PLAIN; module.exports = (req, res) => res.end(plain + process.env.TOKEN);"
PLAIN = "plain-value-of-the-environment"


@pytest.mark.slow
@pytest.mark.parametrize(("source", "level"), [(READS_SECRETS, "compiled"), (USES_SECRETS, "initialised")])
async def test_no_secret_is_in_what_is_kept(tmp_path, builder, source, level):
    """Neither in the snapshot nor in the cache on disk."""
    bundle = make_bundle(source)
    function = make_function(bundle, env={"PLAIN": PLAIN}, secrets={"TOKEN": SECRET})
    async with make_compiler(tmp_path, builder).template(function, bundle) as template:
        assert template.level == level
        blob = template._blob
        memory = bytes(blob._buffer)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(kept) > blob.size
    assert (PLAIN.encode() in memory) == (PLAIN.encode() in kept) == (level == "initialised")
    for text in (SECRET.encode(), SECRET.encode("utf-16-le")):
        assert text not in memory
        assert text not in kept


@pytest.mark.slow
async def test_a_compiled_package_is_found_again_on_disk(tmp_path, builder):
    """Another process, or the next start, builds nothing."""
    async with make_compiler(tmp_path, builder).template(FUNCTION, BUNDLE) as first:
        pass
    async with make_compiler(tmp_path, NoBuilder()).template(FUNCTION, BUNDLE) as again:
        assert (again.key, again.level, again.size, again.main) == (first.key, first.level, first.size, first.main)
        again.make(lambda _: None).dispose()


@pytest.mark.slow
async def test_limits_of_memory_share_a_snapshot(tmp_path, builder):
    """Isolates of each limit come from a template of their own, which is compiled once."""
    larger = changed(limits=Limits(memory=256 * MIB))
    async with (
        make_compiler(tmp_path, builder).template(FUNCTION, BUNDLE) as small,
        make_compiler(tmp_path, NoBuilder()).template(larger, BUNDLE) as large,
    ):
        assert small.key != large.key
        assert (small.memory, large.memory) == (64 * MIB, 256 * MIB)


async def test_a_template_in_use_is_shared(tmp_path):
    """Functions of one package and environment have the same object."""
    compiler = make_compiler(tmp_path)
    async with compiler.template(FUNCTION, BUNDLE) as one, compiler.template(changed(name="g"), BUNDLE) as two:
        assert one is two


async def test_without_snapshots_a_package_is_left_as_source(tmp_path):
    """And nothing is kept on disk, as nothing was gained."""
    async with make_compiler(tmp_path).template(FUNCTION, BUNDLE) as template:
        assert template.level == "source"
        assert "not available" in template.reason
    assert not list(tmp_path.rglob("*.blob"))


async def test_a_package_without_an_entry_is_an_error(tmp_path):
    """It says what is missing."""
    bundle = make_bundle({"other.txt": "x"})
    with pytest.raises(PackageError, match="index"):
        async with make_compiler(tmp_path).template(make_function(bundle), bundle):
            pass

"""The encrypted file of secrets."""

from __future__ import annotations

import json
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from edge.errors import CallerError, NotFoundError, OutsideError
from edge.services.secrets.file import MAX_VALUE, SecretFile
from edge.services.secrets.sealed import new_key, read_key, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path

KEY = read_key(new_key())


@pytest.fixture
def file(tmp_path: Path) -> SecretFile:
    return SecretFile(tmp_path / "data" / "secrets.json", KEY)


def test_a_secret_is_kept_and_nothing_of_it_is_in_the_file(file: SecretFile, tmp_path: Path) -> None:
    """Only its name is; and only the owner may read even that."""
    assert file.get("API_KEY", "f") is None
    file.set("API_KEY", "", "hunter2 ü\n")
    assert file.get("API_KEY", "f") == "hunter2 ü\n"
    path = tmp_path / "data" / "secrets.json"
    assert b"hunter2" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_functions_own_secret_wins(file: SecretFile) -> None:
    """And is nobody else's."""
    file.set("KEY", "", "for all")
    file.set("KEY", "f", "for f")
    file.set("ONLY", "g", "for g")
    assert [file.get("KEY", name) for name in "fg"] == ["for f", "for all"]
    assert [file.get("ONLY", name) for name in "fg"] == [None, "for g"]
    assert [(each.name, each.function) for each in file.list()] == [("KEY", ""), ("KEY", "f"), ("ONLY", "g")]
    file.delete("KEY", "f")
    assert file.get("KEY", "f") == "for all"
    with pytest.raises(NotFoundError, match="f/KEY"):
        file.delete("KEY", "f")


def test_another_key_opens_nothing(file: SecretFile, tmp_path: Path) -> None:
    """It cannot add to the file either: all secrets of a file have one key."""
    file.set("KEY", "", "v")
    other = SecretFile(tmp_path / "data" / "secrets.json", read_key(new_key()))
    with pytest.raises(CallerError, match="another key"):
        other.get("KEY", "")
    with pytest.raises(CallerError, match="another key"):
        other.set("MORE", "", "v")
    assert [each.name for each in file.list()] == ["KEY"]


def test_the_key_can_be_changed(file: SecretFile, tmp_path: Path) -> None:
    """All at once; times stay."""
    file.set("A", "", "1")
    file.set("B", "f", "2")
    before = file.list()
    new = read_key(new_key())
    assert file.change_key(new) == 2
    assert file.list() == before
    assert SecretFile(tmp_path / "data" / "secrets.json", new).get("B", "f") == "2"
    with pytest.raises(CallerError):
        SecretFile(tmp_path / "data" / "secrets.json", KEY).get("A", "")


def test_values_cannot_be_swapped_in_the_file(file: SecretFile, tmp_path: Path) -> None:
    """Each is bound to its name; damage is told from a wrong key where it can be."""
    file.set("A", "", "1")
    file.set("B", "", "2")
    path = tmp_path / "data" / "secrets.json"
    content = json.loads(path.read_text())
    content["secrets"]["A"], content["secrets"]["B"] = content["secrets"]["B"], content["secrets"]["A"]
    path.write_text(json.dumps(content))
    with pytest.raises(CallerError, match="does not open"):
        file.get("A", "")
    path.write_text("{")
    with pytest.raises(OutsideError, match="damaged"):
        file.get("A", "")
    with pytest.raises(OutsideError, match="damaged"):
        file.set("A", "", "1")
    assert path.read_text() == "{"


def test_processes_that_write_at_once_lose_nothing(file: SecretFile, tmp_path: Path) -> None:
    """Each has the file open for itself."""

    def write(number: int) -> None:
        SecretFile(tmp_path / "data" / "secrets.json", KEY).set(f"S{number}", "", str(number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.name for each in file.list()) == sorted(f"S{number}" for number in range(20))


@pytest.mark.parametrize("text", ["", "short", "A" * 43 + "!", "00" * 31, "é" * 32])
def test_what_is_no_key_is_said_and_not_repeated(text: str) -> None:
    """It may be a key with a slip."""
    with pytest.raises(CallerError, match="32 bytes") as caught:
        read_key(text)
    assert len(text) < 5 or text not in str(caught.value)


def test_keys_are_base64_or_hexadecimal() -> None:
    """With a line feed at the end, as files have one."""
    assert read_key("00" * 32 + "\n") == bytes(32)
    assert read_key("A" * 43 + "=\n") == bytes(32)
    sealed = seal(KEY, "n", "v", 5)
    assert unseal(KEY, "n", sealed) == "v"
    assert seal(KEY, "n", "v", 5) != sealed


def test_names_and_sizes_are_checked(file: SecretFile) -> None:
    """A name becomes a variable."""
    for name in ("", "a b", "1A", "a/b", "x" * 129):
        with pytest.raises(CallerError, match="name of a variable"):
            file.set(name, "", "v")
    with pytest.raises(CallerError, match=str(MAX_VALUE)):
        file.set("A", "", "x" * (MAX_VALUE + 1))

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from edge.errors import PackageError
from edge.packages.archive import read_archive
from edge.packages.bundle import Bundle
from edge.packages.folder import read_folder


@pytest.fixture
def package(tmp_path):
    """A folder with everything that a folder may have."""
    root = tmp_path / "hello"
    long = root / ("d" * 120) / ("e" * 90)
    for folder in (
        root / "lib",
        root / "node_modules" / ".bin",
        root / "node_modules" / "t",
        long,
        root / "empty",
        root / ".git",
    ):
        folder.mkdir(parents=True)
    (root / "index.js").write_text("module.exports = 1\n")
    (root / "lib" / "é ü.txt").write_text("umlauts")
    (root / "lib" / "nothing").write_bytes(b"")
    (root / "lib" / "large.bin").write_bytes(os.urandom(300_000))
    (root / "node_modules" / "t" / "cli.js").write_text("#!")
    (root / "node_modules" / ".bin" / "t").symlink_to("../t/cli.js")
    (root / "folder-link").symlink_to("lib")
    (long / "f").write_text("long")
    (root / ".git" / "HEAD").write_text("ref")
    os.link(root / "index.js", root / "lib" / "hard.js")
    return root


def tarred(package, arcname="hello", **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, **{"mode": "w:gz", **options}) as archive:
        archive.add(package, arcname)
    return out.getvalue()


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


@pytest.mark.parametrize("arcname", ["hello", "package", ".", ""])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_a_tar_archive_has_the_hash_of_its_folder(package, arcname, form, mode):
    """Whatever the dialect, the compression and the folder that it was packed with."""
    assert read_archive(tarred(package, arcname, mode=mode, format=form)).hash == read_folder(package).bundle.hash


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_archive_has_the_hash_of_its_folder(package, method, tmp_path):
    """The standard library's writer follows links to files and leaves out links to folders."""
    (package / "folder-link").unlink()
    made = shutil.make_archive(str(tmp_path / "made"), "zip" if method else "tar", package)
    assert read_archive(tmp_path / made).hash == read_folder(package).bundle.hash


@pytest.mark.skipif(shutil.which("zip") is None, reason="the zip program is not installed")
@pytest.mark.parametrize(("where", "what"), [(".", "hello"), ("hello", ".")])
def test_the_zip_program_makes_the_same_package(package, tmp_path, where, what):
    """With links stored as links, from outside and from inside of the folder."""
    subprocess.run(["zip", "-qry", tmp_path / "made.zip", what], cwd=tmp_path / where, check=True)
    assert read_archive(tmp_path / "made.zip").hash == read_folder(package).bundle.hash


@pytest.mark.skipif(shutil.which("tar") is None, reason="the tar program is not installed")
@pytest.mark.parametrize("options", [["--format=gnu"], ["--format=pax"], ["--format=v7", "--exclude=ddd*"]])
def test_the_tar_program_makes_the_same_package(package, tmp_path, options):
    """The oldest dialect too, which has no magic number and no long names."""
    if "v7" in options[0]:
        shutil.rmtree(package / ("d" * 120))
    subprocess.run(["tar", *options, "-czf", tmp_path / "made.tgz", "hello"], cwd=tmp_path, check=True)
    assert read_archive(tmp_path / "made.tgz").hash == read_folder(package).bundle.hash


def test_a_zip_that_was_streamed_is_read():
    """Sizes then come behind the content, in a data descriptor."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.js", "x" * 1000)
        archive.writestr("b.js", "")
    assert read_archive(pipe.data).hash == Bundle.build({"index.js": b"x" * 1000, "b.js": b""}).hash


def test_one_folder_around_everything_is_taken_off():
    """As npm packs; but not when something lies beside it, nor when the archive has its root as an entry."""
    inner = Bundle.build({"index.js": b"1", "lib/a.js": b"2"}).hash
    assert read_archive(zipped({"package/index.js": "1", "package/lib/a.js": "2"})).hash == inner
    assert read_archive(zipped({"index.js": "1", "lib/a.js": "2"})).hash == inner
    assert read_archive(zipped({"a/x.js": "1", "b/x.js": "2"})).files == ["a/x.js", "b/x.js"]
    assert read_archive(zipped({"a/x.js": "1", "b.js": "2"})).files == ["a/x.js", "b.js"]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, kind in (("./", tarfile.DIRTYPE), ("./src/index.js", tarfile.REGTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            archive.addfile(entry)
    assert read_archive(out.getvalue()).files == ["src/index.js"]


def test_what_macs_add_is_left_out():
    """Finder's zip has a second tree of resource forks, which must not keep the one folder from being taken off."""
    files = {"hello/index.js": "1", "__MACOSX/hello/._index.js": "fork", "hello/.DS_Store": "x"}
    assert read_archive(zipped(files)).hash == Bundle.build({"index.js": b"1"}).hash


def test_an_archive_may_be_empty():
    """A package without files is a package; that it has no entry is found later."""
    empty = Bundle.build({}).hash
    assert read_archive(zipped({})).hash == empty
    out = io.BytesIO()
    tarfile.open(fileobj=out, mode="w:gz").close()
    assert read_archive(out.getvalue()).hash == empty


def test_names_in_the_old_code_page_are_read():
    """Zips without the UTF-8 flag have names in code page 437."""
    data = zipped({"lib/xyz.txt": "1", "a": ""}).replace(b"xyz", b"\x81yz")
    assert read_archive(data).files == ["a", "lib/üyz.txt"]


@pytest.mark.parametrize(
    "data", [b"", b"x", b"Rar!\x1a\x07\x00" + bytes(600), b"\x28\xb5\x2f\xfd" + bytes(600), b"PK\x07\x08"]
)
def test_other_formats_are_refused_with_a_hint(data):
    """The message says what to send instead."""
    with pytest.raises(PackageError, match=r"send a \.tar\.gz, \.tar or \.zip"):
        read_archive(data)


def test_a_file_that_cannot_be_read_is_named_without_its_host_path(tmp_path):
    """Messages reach people who may not know the host."""
    with pytest.raises(PackageError, match=r"cannot read the archive 'none.zip': No such file") as caught:
        read_archive(tmp_path / "none.zip")
    assert str(tmp_path) not in str(caught.value)


def test_gzip_headers_do_not_matter(package):
    """Name, time and level of compression are not content."""
    plain = tarred(package, mode="w")
    assert len({read_archive(gzip.compress(plain, level, mtime=level)).hash for level in (1, 9)}) == 1

"""Archives that were made to do harm."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import PackageError
from edge.packages.archive import read_archive
from edge.packages.limits import PackageLimits
from edge.units import MIB

PATHS = {
    "../evil": "leads out", "a/../../evil": "leads out", "/etc/passwd": "absolute", "C:/evil": "absolute",
    "..\\evil": "backslash", "a\\b": "backslash", "a//b": "empty segment", "a/./b": "empty segment",
    "./../evil": "leads out", "..": "leads out", "a\nb": "control character", "x" * 256: "limit is 255",
    "a/" * 64 + "b": "65 levels deep, the limit is 64",
}  # fmt: skip


def entry(name, kind=tarfile.REGTYPE, content=b"", target="", **fields):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(content), target
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tarred(*entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def zip_info(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.create_system = 3
    return info


def refused(data, why, **limits):
    with pytest.raises(PackageError, match=why) as caught:
        read_archive(data, PackageLimits(**limits))
    return str(caught.value)


def raw_header(name=b"index.js", size=b"00000000000", kind=b"0", *, prefix=b"", checksum=None):
    """A ustar header written by hand, for what no writer writes."""
    block = bytearray(512)
    block[0 : len(name)] = name
    block[124 : 124 + len(size)] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[345 : 345 + len(prefix)] = prefix
    block[148:156] = b" " * 8
    block[148:155] = checksum or b"%06o\0" % sum(block)
    return bytes(block)


END = bytes(1024)


# -- names


@pytest.mark.parametrize(("path", "why"), PATHS.items())
def test_tar_entries_cannot_leave_the_package(path, why):
    """Nothing is ever extracted; such a name is refused all the same."""
    refused(gzip.compress(tarred(entry(path))), why)
    if path != "..":
        refused(tarred(entry("ok.js"), entry(path, tarfile.DIRTYPE)), why)


@pytest.mark.parametrize(("path", "why"), PATHS.items())
def test_zip_entries_cannot_leave_the_package(path, why):
    """The same rules for both formats."""
    refused(zipped((path, "x")), why)


def test_a_nul_in_a_name_is_refused():
    """Readers in C would see another file."""
    data = zipped(("index.js0.txt", "x")).replace(b"index.js0", b"index.js\0")
    refused(data, "control character")
    body = b"20 path=index.js\0.z\n"
    refused(
        raw_header(kind=b"x", size=b"%011o" % len(body)) + body.ljust(512, b"\0") + raw_header() + END,
        "control character",
    )


def test_the_prefix_of_a_ustar_header_is_checked_too():
    """The name is joined before it is looked at."""
    refused(raw_header(b"evil", prefix=b"../..") + END, "leads out")
    refused(raw_header(b"../evil", prefix=b"a") + END, "leads out")


@pytest.mark.parametrize(
    "make", [lambda *names: tarred(*map(entry, names)), lambda *names: zipped(*((n, "") for n in names))]
)
def test_a_path_can_be_there_only_once(make):
    """One reader takes the first, another the last; also under two spellings, and as a file and a folder."""
    refused(make("a.js", "a.js"), "'a.js' twice")
    refused(make("a.js", "./a.js"), "'a.js' twice")
    refused(make("a", "a/b"), "'a' is in the package twice")
    refused(make("top/a", "top/a/b"), "'top/a' is in the package twice")


def test_a_file_needs_a_name():
    """An entry that is the package's own folder can only be a folder."""
    refused(raw_header(b".") + END, "without a name")
    refused(raw_header(b"") + END, "without a name")
    refused(zipped((".", "x")), "without a name")
    assert read_archive(raw_header(b"./", kind=b"5") + raw_header(b"/", kind=b"5") + END).files == []


def test_names_that_are_not_text_are_refused():
    """They would be shown, logged and sent as JSON."""
    refused(raw_header(b"\xff\xfe.js") + END, "not UTF-8")
    refused(zipped(("é.js", "x")).replace("é".encode(), b"\xff\xff"), "not UTF-8")


# -- links and devices


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "./../../x"])
def test_symbolic_links_cannot_lead_out(target):
    """In either format; inside they are fine."""
    assert "lib/l" in refused(tarred(entry("index.js"), entry("lib/l", tarfile.SYMTYPE, target=target)), "leads out")
    refused(zipped(("index.js", ""), (zip_info("lib/l", 0o120777), target)), "'lib/l' leads out")


def test_a_link_out_through_a_link_is_refused():
    """The classic: a link to a folder, then a path through it."""
    links = [entry("d", tarfile.SYMTYPE, target="."), entry("d/x", tarfile.SYMTYPE, target="../..")]
    refused(tarred(entry("index.js"), *links), "in the package twice")
    refused(
        tarred(
            entry("index.js"), entry("d", tarfile.SYMTYPE, target="."), entry("e", tarfile.SYMTYPE, target="d/../..")
        ),
        "leads out",
    )


def test_a_link_can_lead_out_only_of_the_folder_that_is_taken_off():
    """What was inside of the archive is outside of the package then."""
    files = [entry("package/index.js"), entry("package/l", tarfile.SYMTYPE, target="../package/index.js")]
    refused(tarred(*files), "leads out")


def test_a_file_under_a_link_is_refused():
    """Writing through a link is how files used to land outside."""
    refused(tarred(entry("d", tarfile.SYMTYPE, target="."), entry("d/f", content=b"x")), "twice")


def test_hard_links_lead_to_earlier_files_only():
    """Anything else would be a file of the host."""
    good = tarred(entry("a", content=b"x"), entry("b", tarfile.LNKTYPE, target="a"))
    assert read_archive(good).read("b") == b"x"
    refused(tarred(entry("b", tarfile.LNKTYPE, target="a"), entry("a")), "no file before it")
    refused(tarred(entry("b", tarfile.LNKTYPE, target="/etc/passwd")), "absolute")
    refused(tarred(entry("b", tarfile.LNKTYPE, target="../x")), "leads out")
    refused(
        tarred(entry("l", tarfile.SYMTYPE, target="a"), entry("b", tarfile.LNKTYPE, target="l")), "no file before it"
    )


def test_hard_links_count_as_the_copies_that_they_become():
    """A few bytes each must not make gigabytes."""
    links = [entry(f"l{n}", tarfile.LNKTYPE, target="a") for n in range(100)]
    refused(tarred(entry("a", content=b"x" * 1000), *links), "the limit is 50000", total=50_000)


@pytest.mark.parametrize(
    ("kind", "what"), [(tarfile.CHRTYPE, "character"), (tarfile.BLKTYPE, "block"), (tarfile.FIFOTYPE, "pipe")]
)
def test_devices_are_refused(kind, what):
    """Named by what they are."""
    refused(tarred(entry("dev", kind)), what)


def test_devices_in_zips_are_refused():
    """By the Unix mode that they carry."""
    refused(zipped((zip_info("dev", 0o020666), "")), "device")


def test_unknown_and_sparse_entries_are_refused():
    """Skipping what is not understood would lose files in silence."""
    refused(raw_header(kind=b"Z") + END, "unknown type")
    refused(raw_header(kind=b"S") + END, "unknown type")
    body = b"22 GNU.sparse.major=1\n"
    refused(raw_header(kind=b"x", size=b"%011o" % len(body)) + body.ljust(512, b"\0") + raw_header() + END, "sparse")


# -- bombs


def test_a_gzip_bomb_is_noticed_long_before_it_has_gone_off():
    """200 MiB of zeros in 200 KiB: memory stays small."""
    deflate = zlib.compressobj(9, wbits=31)
    packed = deflate.compress(raw_header(b"bomb", size=b"%011o" % (200 * MIB)))
    packed += b"".join(deflate.compress(bytes(MIB)) for _ in range(200)) + deflate.flush()
    tracemalloc.start()
    refused(packed, "at most 200 times")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * MIB


def test_a_large_file_of_zeros_is_refused_while_it_is_unpacked():
    """The ratio is watched from 4 MiB on."""
    data = gzip.compress(tarred(entry("zeros", content=bytes(20 * MIB))))
    tracemalloc.start()
    message = refused(data, "at most 200 times its compressed size is allowed")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * MIB
    assert str(len(data)) in message


def test_small_files_may_compress_well():
    """A megabyte of one repeated line is ordinary."""
    assert read_archive(gzip.compress(tarred(entry("a", content=bytes(MIB))))).size == MIB


def test_a_zip_bomb_is_refused_by_its_ratio_before_it_is_unpacked():
    """The directory says how large it gets; lying about it does not help, see below."""
    refused(zipped(("zeros", bytes(20 * MIB))), "'zeros' expands .* at most 200 times")


def test_a_zip_that_lies_about_a_size_is_stopped_at_that_size():
    """Unpacking ends one byte after what was announced."""
    data = bytearray(zipped(("zeros", bytes(20 * MIB))))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(mark) + offset, 1000)
    tracemalloc.start()
    refused(bytes(data), "does not end where it should")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 * MIB


def test_overlapping_zip_entries_are_refused():
    """The bomb of Fifield: many directory entries share one body."""
    data = zipped(("a", bytes(1000)), ("b", bytes(1000)))
    first, second = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")
    shared = bytearray(data)
    struct.pack_into("<L", shared, second + 42, 0)
    shared = shared.replace(b"b", b"a")
    assert first < second
    refused(bytes(shared), "overlaps")


def test_totals_and_counts_hold_across_entries():
    """Each limit with its number."""
    files = [entry(f"f{n}", content=b"x" * 100) for n in range(20)]
    zips = zipped(*((f"f{n}", "x" * 100) for n in range(20)))
    for data in (tarred(*files), gzip.compress(tarred(*files)), zips):
        refused(data, r"the limit is 1000 \(1000 bytes\)", total=1000)
        refused(data, "more than 10 files, which is the limit", files=10)
        refused(data, r"(more than 10 entries|has 20 entries)", entries=10)
        refused(data, rf"the archive has {len(data)} bytes or more; the limit is 100 \(100 bytes\)", archive=100)


def test_an_archive_file_over_the_limit_is_not_read(tmp_path):
    """Its size on disk is enough."""
    with (tmp_path / "big.zip").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(PackageError, match="the limit is 50MiB"):
        read_archive(tmp_path / "big.zip")


def test_what_is_ignored_counts_too():
    """A bomb under .git is a bomb."""
    refused(gzip.compress(tarred(entry(".git/x", content=b"x" * 2000))), "the limit is 1000", total=1000)


def test_endless_empty_headers_end():
    """Entries that hold nothing, and headers about headers, are bounded as well."""
    folders = tarred(*(entry(f"d{n}", tarfile.DIRTYPE) for n in range(50)))
    refused(folders, "more than 20 entries", entries=20)
    header = raw_header(kind=b"x")
    deflate = zlib.compressobj(9, wbits=31)
    packed = b"".join(deflate.compress(header * 1000) for _ in range(100)) + deflate.flush()
    refused(packed, "at most 200 times|unpacked, which is the limit")
    refused(packed, "unpacked, which is the limit", ratio=10**6, total=MIB, entries=1000)


def test_a_large_extended_header_is_refused():
    """It would be held in memory although it is no content."""
    refused(raw_header(kind=b"x", size=b"00004000000") + END, r"1048576 bytes \(limit 65536\)")
    refused(raw_header(kind=b"L", size=b"00004000000") + END, r"1048576 bytes \(limit 65536\)")


def test_a_size_beyond_the_end_allocates_nothing():
    """Base 256 lets a header claim 2**80 bytes."""
    huge = b"\x80" + (2**80).to_bytes(11, "big")
    refused(raw_header(size=huge) + END, "the limit is 256MiB")
    refused(raw_header(size=b"\xff" * 12) + END, "malformed number")
    refused(raw_header(size=b"-0000000001") + END, "malformed number")
    refused(raw_header(size=b"00001000000") + END, "cut short")


def test_hostile_numbers_take_no_time():
    """Fields of blanks and digits made the standard library's reader quadratic."""
    body = b"1" * 60_000
    started = time.perf_counter()
    refused(
        raw_header(kind=b"x", size=b"%011o" % len(body)) + body.ljust(60_416, b"\0") + END, "malformed extended header"
    )
    assert time.perf_counter() - started < 1


# -- structure


@pytest.mark.parametrize(
    "body", [b"5 a=1\n", b"0 a=1\n", b"99 path=x\n", b"7 path\n", b"x path=1\n", b"-9 path=1\n", b"9 path=xyz"]
)
def test_malformed_extended_headers_are_refused(body):
    """Lengths must fit exactly."""
    data = raw_header(kind=b"x", size=b"%011o" % len(body)) + body.ljust(512, b"\0") + raw_header() + END
    refused(data, "malformed extended header")


def test_extended_headers_that_change_sizes_are_followed():
    """Another reading of the size would find other entries in the content."""
    body = b"10 size=5\n"
    data = raw_header(kind=b"x", size=b"%011o" % len(body)) + body.ljust(512, b"\0")
    data += raw_header(b"a.js", size=b"00000000000") + b"hello".ljust(512, b"\0") + END
    assert read_archive(data).read("a.js") == b"hello"
    refused(data.replace(b"size=5", b"size=-"), "has the size")


def test_a_global_header_cannot_rename_files():
    """It would apply to all of them."""
    body = b"13 path=a.js\n"
    refused(
        raw_header(kind=b"g", size=b"%011o" % len(body)) + body.ljust(512, b"\0") + raw_header() + END,
        "belongs to no entry",
    )


def test_archives_that_are_cut_short_are_refused_at_every_byte():
    """Half of a package is no package."""
    for whole in (gzip.compress(tarred(entry("a.js", content=b"hello"))), zipped(("a.js", "hello"))):
        for length in range(len(whole)):
            refused(whole[:length], ".")
    plain = tarred(entry("a.js", content=b"hello"))
    for length in range(0, 1024, 64):
        refused(plain[:length], ".")


def test_data_behind_the_end_is_refused():
    """Two readers must not see two packages in one file."""
    plain = tarred(entry("a.js"))
    refused(plain + raw_header(b"b.js"), "behind its end mark")
    refused(gzip.compress(plain) + b"x", "1 bytes behind its end")
    refused(gzip.compress(plain) + gzip.compress(tarred(entry("b.js"))), "behind its end")
    refused(zipped(("a.js", "")) + b"x", "behind its end")


def test_data_in_front_of_a_zip_and_between_its_parts_is_refused():
    """A self-extracting archive is a program."""
    data = zipped(("a.js", "x"), ("b.js", "y"))
    refused(b"PK\x03\x04" + data, "in front of it")
    directory = data.index(b"PK\x01\x02")
    hidden = bytearray(data[:directory] + b"hidden" + data[directory:])
    struct.pack_into("<L", hidden, len(hidden) - 6, directory + 6)
    refused(bytes(hidden), "6 bytes that belong to no entry")


def test_a_zip_within_a_comment_is_not_found_instead():
    """The end record must fill the file exactly, so there is one reading only."""
    inner = zipped(("evil.js", "x"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("good.js", "x")
        archive.comment = inner
    refused(out.getvalue(), "in front of it")


def test_damaged_contents_are_refused():
    """Checksums are compared."""
    stored = zipped(("a.js", "hello"), method=zipfile.ZIP_STORED)
    refused(stored.replace(b"hello", b"hellO"), "size or checksum is wrong")
    packed = bytearray(gzip.compress(tarred(entry("a.js", content=b"hello"))))
    packed[-6] ^= 1
    refused(bytes(packed), "gzip data is corrupt")
    refused(tarred(entry("a.js")).replace(b"a.js", b"b.js"), "checksum is wrong")


def test_a_zip_directory_that_disagrees_with_the_headers_is_refused():
    """One reader would unpack the one name, another the other."""
    data = zipped(("good.js", "x"))
    refused(data.replace(b"good.js", b"evil.js", 1), "differs from the zip archive's directory")
    for offset, value in ((6, 0x0008), (8, 0)):
        forged = bytearray(data)
        struct.pack_into("<H", forged, offset, value)
        refused(bytes(forged), "differs from the zip archive's directory")


def test_data_hidden_behind_the_end_of_deflate_data_is_refused():
    """The packed size covers it, no unpacker sees it."""
    data = zipped(("a.js", "hello" * 10))
    directory = data.index(b"PK\x01\x02")
    hidden = bytearray(data[:directory] + b"hidden" + data[directory:])
    for at in (18, directory + 6 + 20):
        struct.pack_into("<L", hidden, at, struct.unpack_from("<L", hidden, at)[0] + 6)
    struct.pack_into("<L", hidden, len(hidden) - 6, directory + 6)
    refused(bytes(hidden), "does not end where it should")


@pytest.mark.parametrize(
    ("offsets", "value", "why"),
    [
        ((6, 8), 0x0001, "is encrypted"), ((6, 8), 0x0040, "is encrypted"), ((6, 8), 0x2000, "is encrypted"),
        ((8, 10), 12, "packed by method 12"), ((8, 10), 14, "packed by method 14"),
        ((8, 10), 99, "packed by method 99"),
    ],
)  # fmt: skip
def test_encryption_and_rare_methods_are_refused(offsets, value, why):
    """LZMA and bzip2 bring their own bombs; passwords are not known here."""
    data = bytearray(zipped(("a.js", "x")))
    struct.pack_into("<H", data, data.index(b"PK\x03\x04") + offsets[0], value)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + offsets[1], value)
    refused(bytes(data), why)


def test_zip64_and_multiple_parts_are_refused():
    """No archive within the limits needs them."""
    data = zipped(("a.js", "x"))
    end, central = data.index(b"PK\x05\x06"), data.index(b"PK\x01\x02")
    for offset, form, value, why in (
        (end + 10, "<H", 0xFFFF, "zip64"), (end + 16, "<L", 0xFFFFFFFF, "zip64"),
        (central + 24, "<L", 0xFFFFFFFF, "zip64"),
        (central + 42, "<L", 0xFFFFFFFF, "zip64"), (end + 4, "<H", 1, "several parts"),
        (end + 8, "<H", 2, "several parts"),
        (central + 34, "<H", 1, "zip64"), (central + 42, "<L", 10**6, "not where"),
        (central + 28, "<H", 999, "directory"),
    ):  # fmt: skip
        forged = bytearray(data)
        struct.pack_into(form, forged, offset, value)
        refused(bytes(forged), why)


def test_folders_and_links_with_content_are_refused():
    """The content would be skipped by one reader and taken for entries by another."""
    refused(raw_header(b"d", kind=b"5", size=b"00000001000") + raw_header(b"evil.js") + END, "512 bytes of content")
    refused(raw_header(b"l", kind=b"2", size=b"00000001000") + raw_header(b"evil.js") + END, "512 bytes of content")
    refused(zipped(("d/", "content")), "folder with 7 bytes")


GOOD = [
    gzip.compress(
        tarred(entry("index.js", content=b"hello" * 20), entry("l", tarfile.SYMTYPE, target="index.js")), mtime=0
    ),
    tarred(entry("index.js", content=b"hello"), entry("x" * 150), entry("l", tarfile.LNKTYPE, target="index.js")),
    zipped(("index.js", "hello" * 20), ("lib/é.js", ""), (zip_info("l", 0o120777), "index.js")),
]


@given(st.sampled_from(GOOD), st.data())
def test_damage_anywhere_ends_in_a_package_or_a_package_error(archive, data):
    """No input gets another exception out of the readers."""
    blob = bytearray(archive)
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_archive(bytes(blob))
    except PackageError as error:
        str(error).encode()


@given(st.sampled_from([b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06", b""]), st.binary(max_size=600))
def test_any_bytes_end_in_a_package_error(head, tail):
    """The same for what never was an archive."""
    with pytest.raises(PackageError):
        read_archive(head + tail)

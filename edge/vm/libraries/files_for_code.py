"""`fs` of a VM's code: a list of operations on files in memory, which is all that it can do."""

from __future__ import annotations

import base64
import errno
import posixpath
import time
from typing import TYPE_CHECKING, Any

from edge.vm.errors import JavaScriptError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.vm.files import FileStat, MemoryFiles

_MESSAGES = {
    errno.ENOENT: "no such file or directory",
    errno.EISDIR: "illegal operation on a directory",
    errno.ENOTDIR: "not a directory",
    errno.EEXIST: "file already exists",
    errno.ENOTEMPTY: "directory not empty",
    errno.ENOSPC: "no space left on device",
    errno.EROFS: "read-only file system",
    errno.EINVAL: "invalid argument",
    errno.ENAMETOOLONG: "name too long",
}
_ENCODINGS = {"utf8": "utf-8", "utf-8": "utf-8", "latin1": "latin-1", "binary": "latin-1", "ascii": "latin-1"}


class FilesForCode:
    """`call(operation, *arguments)` of the operations in `ALLOWED`; errors are as in Node (`code`, `path` and more)."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files

    def call(self, operation: str, *given: Any) -> Any:
        """Carry out one.  Raises JavaScriptError."""
        allowed = ALLOWED.get(operation)
        if allowed is None:
            raise JavaScriptError("TypeError", f"fs.{operation} is not there")
        syscall, work = allowed
        self._files.now = time.time()
        try:
            return work(self, *given)
        except OSError as error:
            raise _as_node(error, syscall) from None
        except (TypeError, ValueError, LookupError) as error:
            raise JavaScriptError("TypeError", f"fs.{operation}: {error}") from None

    def _read(self, path: str, encoding: str | None = None) -> str | bytes:
        content = self._files.read_bytes(path)
        return content if encoding is None else _decoded(content, encoding)

    def _write(self, path: str, content: object, encoding: str | None = None, flag: str = "w") -> None:
        self._check_writable(path)
        if "x" in flag and self._files.exists(path):
            raise OSError(errno.EEXIST, "", path)
        data = _encoded(content, encoding)
        if "a" in flag:
            self._files.append_bytes(path, data)
        else:
            self._files.write_bytes(path, data)

    def _append(self, path: str, content: object, encoding: str | None = None) -> None:
        self._write(path, content, encoding, "a")

    def _copy(self, path: str, to: str) -> None:
        self._check_writable(to)
        self._files.write_bytes(to, self._files.read_bytes(path))

    def _list(self, path: str) -> list[list[Any]]:
        return [[name, self._files.is_dir(posixpath.join(path, name))] for name in self._files.listdir(path)]

    def _stat(self, path: str) -> dict[str, Any]:
        return _stat(self._files.stat(path))

    def _access(self, path: str) -> None:
        self._files.stat(path)

    def _mkdir(self, path: str, recursive: bool = False) -> None:  # noqa: FBT001, FBT002 - as it comes
        self._files.mkdir(path, parents=bool(recursive))

    def _unlink(self, path: str) -> None:
        self._check_writable(path)
        self._files.unlink(path)

    def _rmdir(self, path: str) -> None:
        self._files.rmdir(path)

    def _rm(self, path: str, recursive: bool = False, force: bool = False) -> None:  # noqa: FBT001, FBT002 - as it comes
        if force and not self._files.exists(path):
            return
        self._check_writable(path)
        if recursive:
            self._files.remove(path)
        else:
            self._files.unlink(path)

    def _rename(self, path: str, to: str) -> None:
        self._check_writable(path)
        self._check_writable(to)
        self._files.rename(path, to)

    def _exists(self, path: str) -> bool:
        try:
            return self._files.exists(path)
        except OSError:
            return False

    def _check_writable(self, path: str) -> None:
        """Neither it nor anything in it is read-only."""
        if self._files.is_dir(path):
            for name in self._files.listdir(path):
                self._check_writable(posixpath.join(path, name))
        elif self._files.is_file(path) and self._files.stat(path).read_only:
            raise OSError(errno.EROFS, "", path)


ALLOWED: dict[str, tuple[str, Callable[..., Any]]] = {
    "readFile": ("open", FilesForCode._read),  # noqa: SLF001 - the table is part of the class
    "writeFile": ("open", FilesForCode._write),  # noqa: SLF001
    "appendFile": ("open", FilesForCode._append),  # noqa: SLF001
    "copyFile": ("copyfile", FilesForCode._copy),  # noqa: SLF001
    "readdir": ("scandir", FilesForCode._list),  # noqa: SLF001
    "stat": ("stat", FilesForCode._stat),  # noqa: SLF001
    "access": ("access", FilesForCode._access),  # noqa: SLF001
    "mkdir": ("mkdir", FilesForCode._mkdir),  # noqa: SLF001
    "unlink": ("unlink", FilesForCode._unlink),  # noqa: SLF001
    "rmdir": ("rmdir", FilesForCode._rmdir),  # noqa: SLF001
    "rm": ("rm", FilesForCode._rm),  # noqa: SLF001
    "rename": ("rename", FilesForCode._rename),  # noqa: SLF001
    "exists": ("access", FilesForCode._exists),  # noqa: SLF001
}
"""Names of operations, with the system call that an error of Node would name."""


def _stat(found: FileStat) -> dict[str, Any]:
    return {"folder": found.kind == "folder", "size": found.size, "modified": found.modified * 1000}


def _encoded(content: object, encoding: str | None) -> bytes:
    if isinstance(content, bytes):
        return content
    if not isinstance(content, str):
        raise TypeError("the content must be text or bytes")
    if encoding == "base64":
        return base64.b64decode(content)
    if encoding == "hex":
        return bytes.fromhex(content)
    return content.encode(_ENCODINGS[encoding or "utf8"], "replace")


def _decoded(content: bytes, encoding: str) -> str:
    if encoding == "base64":
        return base64.b64encode(content).decode()
    if encoding == "hex":
        return content.hex()
    return content.decode(_ENCODINGS[encoding.lower()], "replace")


def _as_node(error: OSError, syscall: str) -> JavaScriptError:
    number = error.errno or errno.EINVAL
    code, path = errno.errorcode[number], str(error.filename or "")
    message = f"{code}: {_MESSAGES.get(number, error.strerror)}, {syscall} '{path}'"
    return JavaScriptError(
        "Error", message, properties={"code": code, "errno": -number, "syscall": syscall, "path": path}
    )

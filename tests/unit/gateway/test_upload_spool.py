"""Bodies of uploads on disk: what clients and disks do wrong."""

from __future__ import annotations

import tempfile

import pytest

from edge.errors import OutsideError
from edge.gateway.deploys import upload


class FullDisk:
    """Takes everything into a buffer, and can never write it: as a file on a full disk, also when it is closed."""

    def write(self, data):
        return len(data)

    def seek(self, _place):
        raise OSError(28, "No space left on device")

    def close(self):
        raise OSError(28, "No space left on device")


async def test_a_full_disk_is_told_as_such(monkeypatch, tmp_path):
    """Also when it is found out by closing the file."""
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: FullDisk())

    async def receive():
        return {"type": "http.request", "body": b"x", "more_body": False}

    with pytest.raises(OutsideError, match="No space left on device"):
        async with upload.spooled(receive, tmp_path, 100):
            pass

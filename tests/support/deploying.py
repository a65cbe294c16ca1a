"""Packages to deploy, and asking a gateway to."""

from __future__ import annotations

import io

from edge.packages.bundle import Bundle
from edge.packages.pack import write_archive


def says(text, **files):
    """A package whose function answers with a text."""
    return {"index.js": f"module.exports = (req, res) => res.send({text!r});", **files}


def archive(files):
    """A tar.gz of files: name and text."""
    packed = io.BytesIO()
    write_archive(Bundle.build({name: text.encode() for name, text in files.items()}), packed)
    return packed.getvalue()


def upload(edge, name, files, **options):
    """The answer to an upload; `options` are of the query, or `headers`."""
    content = files if isinstance(files, bytes) else archive(files)
    headers = options.pop("headers", {})
    return edge.operate("PUT", f"/functions/{name}/package", content=content, params=options, headers=headers)


def deploy(edge, name, text, **options):
    """Upload what says a text and let it serve; the version."""
    answer = upload(edge, name, says(text), activate="true", **options)
    assert answer.status_code == 201, answer.text
    return answer.json()["version"]


def activate(edge, name, version, **headers):
    return edge.operate("POST", f"/functions/{name}/activate", json={"version": version}, headers=headers)


def rollback(edge, name, **headers):
    return edge.operate("POST", f"/functions/{name}/rollback", headers=headers)

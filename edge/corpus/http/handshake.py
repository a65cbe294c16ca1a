"""TLS as a hostile client speaks it: any name, any version, one handshake after the other."""

from __future__ import annotations

import shutil
import ssl
import warnings
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from edge.corpus.http.ops import Shake

_VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2}
_WITHIN = 10.0


def context(op: Shake) -> ssl.SSLContext:
    """A client's context that takes any certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_alpn_protocols([name for name in op.alpn if name])
    if op.version:
        made.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):
            made.minimum_version = ssl.TLSVersion.TLSv1
            made.maximum_version = _VERSIONS.get(op.version, ssl.TLSVersion.TLSv1_3)
    return made


def shake(stream: trio.SocketStream, op: Shake) -> trio.SSLStream[trio.SocketStream]:
    """Raises ValueError for a name that no library sends."""
    name = None if op.sni is None else op.sni.decode("ascii")
    if name is not None and (not name or "\0" in name):
        raise ValueError("this is no name")
    return trio.SSLStream(stream, context(op), server_hostname=name, https_compatible=True)


def patched_hello(op: Shake) -> bytes:
    """The ClientHello of a handshake whose name is `op.sni`, byte for byte."""
    wanted = op.sni or b""
    stand_in = b"x" * max(1, len(wanted))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    half = context(op).wrap_bio(incoming, outgoing, server_hostname=stand_in.decode())
    try:
        half.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read().replace(stand_in, wanted)
    raise AssertionError("a handshake does not end without its other side")


async def renegotiate(host: str, port: int, times: int) -> tuple[bool, str]:
    """Whether the server refuses; and what went wrong with asking.  Python cannot ask, the openssl program can."""
    program = shutil.which("openssl")
    if program is None:
        return False, "the program openssl is needed for it"
    command = [program, "s_client", "-connect", f"{host}:{port}", "-tls1_2", "-servername", "a.test"]
    with trio.move_on_after(_WITHIN):
        done = await trio.run_process(
            command, stdin=b"R\n" * times, capture_stdout=True, capture_stderr=True, check=False
        )
        said = (done.stdout + done.stderr).decode("latin-1").lower()
        refused = "no renegotiation" in said or (
            "renegotiation" in said.replace("secure renegotiation", "") and done.returncode != 0
        )
        return refused, "" if "renegotiating" in said else f"openssl said {said[-200:]!r}"
    return False, f"openssl was not done within {_WITHIN:g} s"

"""`crypto.subtle` in a sealed cell: every family of algorithms, work that takes long, and randomness after the fork."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from edge.wire import cell as wire
from tests.support.cell_driver import Cell, End, body
from tests.support.zygote_rig import open_zygote

EVERYTHING = """
const { subtle } = crypto;
const data = new TextEncoder().encode('data');
const RSA = { hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const hex = (buffer) => new Uint8Array(buffer).toHex();

async function signed(algorithm, parameters = algorithm) {
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  for (const [format, key] of [['pkcs8', privateKey], ['spki', publicKey], ['jwk', privateKey], ['jwk', publicKey]]) {
    await subtle.importKey(format, await subtle.exportKey(format, key), algorithm, true, key.usages);
  }
  return subtle.verify(parameters, publicKey, await subtle.sign(parameters, privateKey, data), data);
}

async function agreed(algorithm) {
  const a = await subtle.generateKey(algorithm, true, ['deriveBits']);
  const b = await subtle.generateKey(algorithm, true, ['deriveBits']);
  const secret = await subtle.deriveBits({ name: algorithm.name, public: b.publicKey }, a.privateKey);
  return hex(secret) === hex(await subtle.deriveBits({ name: algorithm.name, public: a.publicKey }, b.privateKey));
}

async function sealed(algorithm, parameters) {
  const made = await subtle.generateKey(algorithm, true, ['encrypt', 'decrypt']);
  const box = await subtle.encrypt(parameters, made.publicKey ?? made, data);
  return hex(await subtle.decrypt(parameters, made.privateKey ?? made, box)) === hex(data);
}

async function derived(algorithm) {
  const key = await subtle.importKey('raw', data, algorithm.name, false, ['deriveBits']);
  return (await subtle.deriveBits(algorithm, key, 256)).byteLength === 32;
}

async function wrapped() {
  const wrapping = await subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey']);
  const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-1' }, true, ['sign', 'verify']);
  return (await subtle.wrapKey('raw', key, wrapping, 'AES-KW')).byteLength === 72 &&
    await subtle.verify('HMAC', key, await subtle.sign('HMAC', key, data), data);
}

const WORK = {
  digest: async () => (await subtle.digest('SHA-512', data)).byteLength === 64,
  wrapped,
  cbc: () => sealed({ name: 'AES-CBC', length: 192 }, { name: 'AES-CBC', iv: new Uint8Array(16) }),
  ctr: () => sealed({ name: 'AES-CTR', length: 256 }, { name: 'AES-CTR', counter: new Uint8Array(16), length: 64 }),
  gcm: () => sealed({ name: 'AES-GCM', length: 128 }, { name: 'AES-GCM', iv: new Uint8Array(12) }),
  oaep: () => sealed({ name: 'RSA-OAEP', ...RSA }, { name: 'RSA-OAEP', label: data }),
  pss: () => signed({ name: 'RSA-PSS', ...RSA }, { name: 'RSA-PSS', saltLength: 32 }),
  pkcs1: () => signed({ name: 'RSASSA-PKCS1-v1_5', ...RSA }),
  ecdsa: () => signed({ name: 'ECDSA', namedCurve: 'P-521' }, { name: 'ECDSA', hash: 'SHA-512' }),
  ed25519: () => signed({ name: 'Ed25519' }),
  ed448: () => signed({ name: 'Ed448' }),
  ecdh: () => agreed({ name: 'ECDH', namedCurve: 'P-384' }),
  x25519: () => agreed({ name: 'X25519' }),
  x448: () => agreed({ name: 'X448' }),
  hkdf: () => derived({ name: 'HKDF', hash: 'SHA-384', salt: data, info: data }),
  pbkdf2: () => derived({ name: 'PBKDF2', hash: 'SHA-256', salt: data, iterations: 1000 }),
};

module.exports = async (req, res) => res.send(String(await WORK[req.path.slice(1)]()));
"""
FAMILIES = [
    *("digest", "wrapped", "cbc", "ctr", "gcm", "oaep", "pss", "pkcs1"),
    *("ecdsa", "ed25519", "ed448", "ecdh", "x25519", "x448", "hkdf", "pbkdf2"),
]

DRAW = """
const { subtle } = crypto;
const hex = (buffer) => new Uint8Array(buffer).toHex();
const RSA = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) };
module.exports = async (req, res) => {
  const rsa = await subtle.generateKey(RSA, true, ['sign']);
  const ec = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const ed = await subtle.generateKey('Ed25519', true, ['sign']);
  const aes = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, ec.privateKey, new Uint8Array(1));
  const raw = (key) => subtle.exportKey('raw', key);
  const { n } = await subtle.exportKey('jwk', rsa.publicKey);
  res.json([n, hex(await raw(ec.publicKey)), hex(await raw(ed.publicKey)), hex(await raw(aes)), hex(signature)]);
};
"""

LONG = """
const { subtle } = crypto;
module.exports = async (req, res) => {
  if (req.path === '/rsa') {
    const publicExponent = new Uint8Array([1, 0, 1]);
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 16384, publicExponent };
    await subtle.generateKey(algorithm, false, ['sign']);
  }
  if (req.path === '/pbkdf2') {
    const key = await subtle.importKey('raw', new Uint8Array(1), 'PBKDF2', false, ['deriveBits']);
    const algorithm = { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(1), iterations: 100000000 };
    await subtle.deriveBits(algorithm, key, 512);
  }
  res.send('done');
};
"""


def test_every_family_works_where_nothing_can_be_opened(cell_nursery):
    """In a sealed cell, each in an isolate of its own."""
    with cell_nursery.cell(sandboxed=True) as cell:
        cell.assign(EVERYTHING)
        found = {name: cell.invoke(f"/{name}") for name in FAMILIES}
    assert found == dict.fromkeys(FAMILIES, b"true")


class Parent:
    """Waits for the cells of a real zygote, which are children of this process."""

    def wait(self, pid: int) -> End:
        """Wait for a cell to end."""
        _, status, usage = os.wait4(pid, 0)
        return End(os.waitstatus_to_exitcode(status), usage.ru_maxrss)


async def test_cells_of_one_zygote_draw_different_keys():
    """The library's generator is cloned with the process, and each cell is number 1 of its own namespace."""
    drawn = []
    async with open_zygote() as zygote:
        for _ in range(3):
            pid, channel = await zygote.spawn("cell")
            with Cell(Parent(), pid, channel) as cell:
                cell.assign(DRAW)
                drawn += [json.loads(cell.invoke()), json.loads(cell.invoke())]
    for kind in zip(*drawn, strict=True):
        assert len(set(kind)) == len(drawn)


@pytest.mark.parametrize("work", ["rsa", "pbkdf2"])
def test_work_that_takes_long_holds_its_own_isolate_alone(cell_nursery, work):
    """Others of the cell answer meanwhile, and the process can be measured and killed."""
    with cell_nursery.cell(sandboxed=True) as cell:
        cell.assign(LONG, spare=2)
        busy = cell.begin(f"/{work}")
        until, end = cell.expect_measured(busy) + 0.02, time.monotonic() + 10
        while cell.expect_measured(busy) < until:
            assert time.monotonic() < end, "the work does not begin"
        other = cell.begin("/")
        answer = cell.expect(wire.Result)
        assert (answer.isolate, body(answer)) == (other, b"done")
        assert cell.expect_measured(busy) > until
        cell.signal(signal.SIGKILL)
        assert cell.ended().status == -signal.SIGKILL

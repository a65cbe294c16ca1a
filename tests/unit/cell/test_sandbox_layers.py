"""Each layer of the sandbox by itself, in a process of its own, without the others that would hide its absence."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cell import landlock
from edge.cell.kernel import system_call
from edge.cell.namespaces import NAMESPACES

ROOT = Path(__file__).resolve().parents[3]
PRELUDE = """
import ctypes, errno, json, os, resource, signal, socket, sys, threading
from pathlib import Path
from edge.cell import clone, kernel, landlock, limits, namespaces, privileges, sandbox, seccomp
from edge.cell.seccomp import Instruction
from edge.errors import SandboxError

def error_of(attempt, *arguments):
    try:
        attempt(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def refuse_namespaces():
    program = [Instruction(0x20, 0, 0, 0), Instruction(0x15, 0, 3, kernel.of_this_machine().numbers["clone"]),
               Instruction(0x20, 0, 0, 16), Instruction(0x45, 0, 1, 0x7E020000), seccomp.refusal(1),
               Instruction(0x06, 0, 0, seccomp.ALLOW)]
    privileges.forbid_new_privileges()
    seccomp.install(program)
"""


def run(program, *arguments, **options):
    """What a program prints as JSON."""
    command = [sys.executable, "-c", PRELUDE + program, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def landlock_abi():
    try:
        return system_call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


@pytest.mark.skipif(landlock_abi() == 0, reason="this kernel has no Landlock")
def test_landlock_alone_denies_files_tcp_and_signals():
    """To the thread that asked and to those made later; descriptors that were open stay usable."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = run(
            """
kept = open("/etc/passwd")
privileges.forbid_new_privileges()
abi = landlock.restrict()
client = socket.socket()
later = []
thread = threading.Thread(target=lambda: later.append(error_of(open, "/etc/passwd")))
thread.start(); thread.join()
print(json.dumps({
    "abi": abi, "kept": len(kept.read()) > 0, "read": error_of(open, "/etc/passwd"), "list": error_of(os.listdir, "/"),
    "make": error_of(os.mkdir, "/tmp/edge-landlock"), "run": error_of(os.execv, "/bin/true", ["true"]),
    "tcp": error_of(client.connect, ("127.0.0.1", int(sys.argv[1]))), "later": later[0],
    "signal": error_of(os.kill, os.getppid(), 0), "self": error_of(os.kill, os.getpid(), 0),
}))
""",
            server.getsockname()[1],
        )
    abi = min(landlock_abi(), landlock.NEWEST)
    denied = dict.fromkeys(("read", "list", "make", "run", "later"), "EACCES")
    assert found == {
        **denied,
        "abi": abi,
        "kept": True,
        "self": "done",
        "tcp": "EACCES" if abi >= 4 else "done",
        "signal": "EPERM" if abi >= 6 else "done",
    }


ENTERED = """
ours = {name: os.readlink(f"/proc/self/ns/{name}") for name in ("user", "net", "mnt", "ipc", "uts")}
layers = sandbox.enter_zygote()
left = {name: os.readlink(f"/proc/self/ns/{name}") != link for name, link in ours.items()}
status = Path("/proc/self/status").read_text()
field = lambda name: status.split(name + ":")[1].split("\\n")[0].split()
print(json.dumps({
    "names": layers.names, "missing": layers.missing, "left": left,
    "interfaces": [name for _, name in socket.if_nameindex()], "uid": os.getresuid(), "groups": os.getgroups(),
    "capabilities": [field(name)[0] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")],
    "nnp": field("NoNewPrivs")[0], "dumpable": kernel.prctl(3), "id": error_of(os.setuid, 0 if os.getuid() else 1),
}))
"""


def test_the_zygote_keeps_nothing_that_it_can_give_up():
    """Its report is what is so: namespaces are others than before, capabilities are none."""
    found = run(ENTERED)
    names = set(found["names"])
    kernel_names = {"net_namespace": "net", "mount_namespace": "mnt", "ipc_namespace": "ipc", "uts_namespace": "uts"}
    assert kernel_names.keys() == NAMESPACES.keys()
    kernel_names["user_namespace"] = "user"
    assert {layer: found["left"][kernel] for layer, kernel in kernel_names.items()} == {
        layer: layer in names for layer in kernel_names
    }
    assert {*kernel_names, "uid:65534"} <= names | set(found["missing"])
    if "net_namespace" in names:
        assert set(found["interfaces"]) <= {"lo", "tunl0", "sit0", "ip6tnl0"}  # those that come with the kernel
    assert set(found["capabilities"]) == {"0" * 16}
    assert (found["nnp"], found["dumpable"]) == ("1", 0)
    assert found["id"] in {"EPERM", "EINVAL"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_that_can_govern_others_becomes_nobody():
    """Wholly: real, effective and saved user, and no groups; the user namespace is nobody's."""
    found = run("privileges._NEEDED.pop(24)\n" + ENTERED)
    assert "uid:65534" in found["names"]
    assert found["uid"] == [65534] * 3
    assert found["groups"] == []


def test_root_that_could_not_set_limits_of_others_stays():
    """As in a container: without CAP_SYS_RESOURCE the gateway could not move its cells' memory limit."""
    lacking = "privileges.effective_capabilities = lambda: ~(1 << 24)\n"
    reason = run(lacking + "print(json.dumps([privileges.become_nobody(), os.getuid()]))")
    expected = "root lacks CAP_SYS_RESOURCE" if os.geteuid() == 0 else "not started as root"
    assert reason == [expected, os.getuid()]


CLONED = """
namespaced = clone.new_pid_namespaces_work()
ours, its = socket.socketpair()
pid = clone.clone(new_pid_namespace=namespaced)
if pid == 0:
    its.sendall(json.dumps([os.getpid(), os.getppid(), threading.get_native_id()]).encode())
    os._exit(7)
its.close()
told = json.loads(ours.recv(100))
print(json.dumps({"namespaced": namespaced, "pid": pid, "told": told, "mine": error_of(os.waitpid, pid, 0)}))
"""


def test_a_clone_is_the_child_of_our_parent():
    """We cannot wait for it, and our parent has its exit status; it knows its own thread's id."""
    command = [sys.executable, "-c", PRELUDE + CLONED]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        found = json.loads(process.stdout.read())
        assert os.waitstatus_to_exitcode(os.waitpid(found["pid"], 0)[1]) == 7
    assert found["mine"] == "ECHILD"
    expected = [1, 0, 1] if found["namespaced"] else [found["pid"], os.getpid(), found["pid"]]
    assert found["told"] == expected


def test_where_namespaces_are_refused_a_clone_fails_or_forks():
    """Whichever was asked for; a fork is our own child."""
    found = run("""
refuse_namespaces()
works = clone.new_pid_namespaces_work()
refused = error_of(lambda: clone.clone(new_pid_namespace=True))
pid = clone.clone(new_pid_namespace=True, fallback=True)
if pid == 0:
    os._exit(9)
print(json.dumps([works, refused, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]))
""")
    assert found == [False, "EPERM", 9]


def test_a_child_of_a_gateway_that_has_gone_ends_at_once():
    """Nobody would end it later."""
    program = """
ours, its = socket.socketpair()
ours.close()
sandbox.confine(its.fileno())
os._exit(3)
"""
    command = [sys.executable, "-c", PRELUDE + program]
    assert subprocess.run(command, cwd=ROOT, timeout=30, check=False).returncode == 0


def test_confining_lowers_every_limit_for_good():
    """Soft and hard; and huge pages are off, and threads have small stacks."""
    found = run("""
out, its = os.dup(1), socket.socketpair()[0]
ours, its = socket.socketpair()
report, result = os.pipe()
if os.fork() == 0:
    sandbox.confine(its.fileno())
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    limits_now = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    status = Path("/proc/self/status").read_text()
    attributes = ctypes.create_string_buffer(256)
    size = ctypes.c_size_t()
    kernel.libc.pthread_getattr_default_np(attributes)
    kernel.libc.pthread_attr_getstacksize(attributes, ctypes.byref(size))
    open_now = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
    its.sendall(json.dumps([limits_now, kernel.prctl(42), size.value, len(open_now), kernel.prctl(3)]).encode())
    os._exit(0)
its.close()
print(ours.recv(10000).decode())
""")
    limits, small_pages, stack, descriptors, dumpable = found
    for name in ("CORE", "FSIZE", "MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO"):
        assert limits[f"RLIMIT_{name}"] == [0, 0]
    assert limits["RLIMIT_NOFILE"] == [16, 16]
    assert limits["RLIMIT_STACK"] == [8 << 20, 8 << 20]
    assert (small_pages, stack, dumpable) == (1, 1536 << 10, 0)
    assert descriptors == 5  # three streams, the socket, and the one that lists them


NO_SECCOMP = """
def refuse(name, *arguments):
    if name == "seccomp":
        raise PermissionError(errno.EPERM, "seccomp")
    return kernel.system_call(name, *arguments)
seccomp.system_call = refuse
"""


def test_without_seccomp_there_is_no_cell():
    """Unless that is wanted; then the report says so."""
    refused = run(
        NO_SECCOMP
        + """
try:
    sandbox.seal()
except SandboxError as error:
    print(json.dumps(str(error)))
"""
    )
    assert "cannot be confined by a seccomp filter: Operation not permitted" in refused
    assert "CONFIG_SECCOMP_FILTER" in refused
    names, missing = run(
        NO_SECCOMP
        + """
layers = sandbox.seal(require_seccomp=False)
print(json.dumps([layers.names, layers.missing]))
"""
    )
    assert "seccomp" not in names
    assert missing["seccomp"] == "Operation not permitted"


def test_threads_that_were_there_before_are_sealed_by_seccomp():
    """Also those that Landlock, on old kernels, does not restrict; the report says that."""
    found = run("""
go, told = threading.Event(), []
def old():
    go.wait()
    told.append(error_of(os.open, "/etc/passwd", os.O_RDONLY))
thread = threading.Thread(target=old)
thread.start()
out = os.dup(1)
layers = sandbox.seal()
go.set(); thread.join()
os.write(out, json.dumps([told, layers.names, layers.missing]).encode())
os._exit(0)
""")
    assert found[0] == ["EACCES"]
    assert "seccomp" in found[1]
    old = 0 < landlock_abi() < 8
    assert ("landlock_all_threads" in found[2]) == old


def test_an_image_can_be_mapped_until_the_sandbox_is_closed():
    """That one file in the place of what is there, and nothing else; afterwards not that either."""
    found = run("""
from edge.cell import paper as papers
with sandbox.open_for_oneself():
    paper, other = papers.Paper(), papers.Paper()
target = ctypes.create_string_buffer(1 << 16)
page = (ctypes.addressof(target) + 4095) & -4096
PRIVATE, FIXED, SHARED = 2, 16, 1

def map_(file, flags, protection=3, at=page):
    return kernel.system_call("mmap", at, 4096, protection, flags, file, 0)

def attempts():
    return [error_of(map_, paper.file, PRIVATE | FIXED), error_of(map_, other.file, PRIVATE | FIXED),
            error_of(map_, paper.file, SHARED | FIXED), error_of(map_, paper.file, PRIVATE, 3, None),
            error_of(map_, paper.file, PRIVATE | FIXED | 32)]

out = os.dup(1)
sandbox.seal(image=paper.file)
before = attempts()
sandbox.close()
after = attempts()
os.write(out, json.dumps([before, after]).encode())
os._exit(0)
""")
    assert found == [["done", *["EPERM"] * 4], ["EPERM"] * 5]


def test_once_the_sandbox_is_closed_no_filter_is_added():
    """Whoever tries is killed."""
    program = PRELUDE + "sandbox.seal(image=99); sandbox.close(); sandbox.close()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == -31  # SIGSYS

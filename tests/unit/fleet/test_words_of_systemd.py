"""What systemd says to us in variables, and what we say to it."""

from __future__ import annotations

import socket

import pytest

from edge.fleet.activation import activated
from edge.fleet.cores import parse_quota
from edge.fleet.messages import Inherited
from edge.fleet.notify import Notifier, notifier_of


def test_sockets_of_systemd_are_public_but_the_one_named_admin():
    environ = {"LISTEN_PID": "7", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:admin:https", "PATH": "/bin"}
    assert activated(environ, 7) == [Inherited("public", "", 3), Inherited("admin", "", 4), Inherited("public", "", 5)]
    assert environ == {"PATH": "/bin"}, "they are not for our children"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_PID": "8", "LISTEN_FDS": "1"},
        {"LISTEN_PID": "7", "LISTEN_FDS": "-1"},
        {"LISTEN_PID": "7", "LISTEN_FDS": "many"},
        {"LISTEN_PID": "7", "LISTEN_FDS": "0"},
        {"LISTEN_FDS": "2"},
    ],
)
def test_sockets_for_another_process_or_none_are_not_ours(environ):
    assert activated(dict(environ), 7) == []


def test_sockets_without_names_are_public():
    assert activated({"LISTEN_PID": "7", "LISTEN_FDS": "2"}, 7) == [Inherited("public", "", n) for n in (3, 4)]


@pytest.mark.parametrize("abstract", [False, True])
def test_it_is_told_by_datagrams_to_a_path_or_a_name_without_a_file(tmp_path, abstract):
    address = f"@edge-test-{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{address[1:]}" if abstract else address)
        systemd.settimeout(1)
        notifier = notifier_of({"NOTIFY_SOCKET": address}, 1)
        notifier.ready("serving")
        notifier.reloading()
        notifier.stopping()
        notifier.succeeded_by(42)
        assert systemd.recv(100) == b"READY=1\nSTATUS=serving"
        head, _, time = systemd.recv(100).partition(b"MONOTONIC_USEC=")
        assert (head, time.isdigit()) == (b"RELOADING=1\n", True)
        assert systemd.recv(100) == b"STOPPING=1\nSTATUS=draining"
        assert systemd.recv(100) == b"MAINPID=42"


def test_who_wants_to_know_nothing_and_who_has_gone_are_no_trouble(tmp_path):
    Notifier().ready("serving")
    Notifier(str(tmp_path / "nobody")).ready("serving")
    assert not notifier_of({"NOTIFY_SOCKET": "relative"}, 1)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "5000000"}, 5),
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "7"}, 5),
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "8"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
    ],
)
def test_a_watchdog_is_fed_when_it_watches_us(environ, seconds):
    assert notifier_of({"NOTIFY_SOCKET": "/run/notify", **environ}, 7).watchdog == seconds


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000\n", None), ("200000 100000", 2), ("150000 100000\n", 2), ("1 100000", 1), ("", None)],
)
def test_a_quota_of_the_control_group_is_read_in_whole_cores(text, cores):
    assert parse_quota(text) == cores

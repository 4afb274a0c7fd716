"""A carrier's network in namespaces: whoever is behind it dials out, and nobody dials in."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

OUTSIDE = "10.213.2.1"  # this machine, as the carrier's customers see it
INSIDE = "10.213.1.2"
_TABLE = """
add table ip edge
add chain ip edge out { type nat hook postrouting priority 100 ; }
add rule ip edge out oifname "b1" masquerade
"""


@contextmanager
def carrier(name: str) -> Iterator[Sequence[str]]:
    """Make a pole's namespace behind a router that masquerades; yield what runs a program there.

    A broker at :data:`OUTSIDE` is reached from inside; there is no route back to :data:`INSIDE`.
    """
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}: apt install iproute2 nftables")
    pole, router = f"{name}-pole", f"{name}-nat"
    try:
        for one in (pole, router):
            _run("ip", "netns", "add", one)
            _run("ip", "-n", one, "link", "set", "lo", "up")
        _join((pole, "a0", f"{INSIDE}/24"), (router, "a1", "10.213.1.1/24"))
        _join((router, "b1", "10.213.2.2/24"), ("", f"{name}0", f"{OUTSIDE}/24"))
        _run("ip", "-n", pole, "route", "add", "default", "via", "10.213.1.1")
        enter = ("ip", "netns", "exec")
        _run(*enter, router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        _run(*enter, router, "nft", "-f", "-", words_in=_TABLE)
        yield (*enter, pole, sys.executable, "-m", "edge")
    finally:
        for one in (pole, router):
            subprocess.run(["ip", "netns", "del", one], check=False, capture_output=True)


def _join(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """Lay a cable between two namespaces; an empty name is this machine."""
    ours, theirs = one[1], other[1]
    _run("ip", "-n", one[0], "link", "add", ours, "type", "veth", "peer", "name", theirs)
    _run("ip", "-n", one[0], "link", "set", theirs, "netns", other[0] or "1")
    for where, device, address in (one, other):
        at = ["-n", where] if where else []
        _run("ip", *at, "addr", "add", address, "dev", device)
        _run("ip", *at, "link", "set", device, "up")


def _run(*words: str, words_in: str = "") -> None:
    done = subprocess.run(words, input=words_in, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"

"""Keys in locked memory: they work, they die, and nothing of them stays behind."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import KeysError
from edge.keys.crypto import OpeningKey
from edge.keys.held import HeldKeys, leave_no_dump, wipe

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.held import HeldKeys, wipe
keys = HeldKeys(8)
keys.open()
place, public = keys.make()
other = SealingKey(bytes.fromhex(sys.argv[1]))
print(keys._address + 32 * place, flush=True)
for _ in range(200):
    wipe(keys.agree(place, other))
print("used", flush=True)
sys.stdin.readline()
keys.wipe(place)
print("wiped", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def held() -> Iterator[HeldKeys]:
    keys = HeldKeys(4)
    keys.open()
    yield keys
    keys.close()


def test_a_held_key_agrees_like_any_other(held: HeldKeys) -> None:
    """What is sealed to its public half opens with it, and with no other place."""
    place, public = held.make()
    other, _ = held.make()
    sender = OpeningKey.make()
    assert held.agree(place, sender.public) == sender.agree(public)
    assert held.agree(other, sender.public) != sender.agree(public)


def test_a_key_from_elsewhere_is_taken_and_its_bytes_overwritten(held: HeldKeys) -> None:
    """Whoever brought it has zeros left."""
    key = OpeningKey.make()
    raw = bytes(bytearray(key.raw))
    place, public = held.put(raw)
    assert public == key.public
    assert held.copy(place) == key.raw
    assert raw == bytes(32)
    with pytest.raises(KeysError, match="31 bytes"):
        held.put(bytes(31))


def test_a_wiped_key_is_zeros_and_its_place_free(held: HeldKeys) -> None:
    """After the end of four keys there is room for four others."""
    places = [held.make()[0] for _ in range(4)]
    with pytest.raises(KeysError, match="no room"):
        held.make()
    for place in places:
        held.wipe(place)
        assert held.copy(place) == bytes(32)
    assert len({held.make()[0] for _ in range(4)}) == 4


def test_closed_memory_says_that_its_keys_are_gone() -> None:
    """A key cannot be used after the end, and no zeros are taken for a key."""
    keys = HeldKeys(1)
    keys.open()
    place, _ = keys.make()
    keys.close()
    keys.close()
    with pytest.raises(KeysError, match="gone"):
        keys.agree(place, OpeningKey.make().public)


def test_the_memory_is_locked(held: HeldKeys) -> None:
    """The kernel itself counts the page as locked, and leaves it out of dumps."""
    held.make()
    maps = Path("/proc/self/smaps").read_text("ascii")
    found = re.search(rf"^0*{held._address:x}-.*?VmFlags: ([^\n]*)", maps, re.M | re.S)
    assert found is not None
    assert {"lo", "dd", "dc"} <= set(found[1].split())


def test_a_limit_that_is_too_small_is_told_with_its_mend() -> None:
    """Without the right to lock memory no key is made: the service's line is named."""
    code = (
        "import os, resource\nfrom edge.keys.held import HeldKeys\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "HeldKeys(9000).open()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "LimitMEMLOCK=" in ended.stderr
    assert "RLIMIT_MEMLOCK: 4096 bytes" in ended.stderr


def test_a_secret_is_overwritten_where_it_stands() -> None:
    """The bytes that a library returned hold zeros afterwards; a short literal is left alone."""
    secret = os.urandom(32)
    wipe(secret)
    assert secret == bytes(32)
    wipe(b"short")
    assert b"short".startswith(b"s")


def test_the_process_is_not_dumped() -> None:
    """No core is written, and no other process of the same user may read its memory."""
    code = (
        "import ctypes, resource\nfrom edge.keys.held import leave_no_dump\nleave_no_dump()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split("\n")[0] == "(1, 1) 0"
    assert callable(leave_no_dump)


def test_a_process_that_may_not_raise_the_limit_starts() -> None:
    """As sudo starts a daemon by hand: no core at all is allowed, and an ordinary user runs it."""
    code = (
        "import ctypes, os, resource\nfrom edge.keys.held import leave_no_dump\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "leave_no_dump()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.stdout == "(0, 0) 0\n", ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory")
def test_after_its_end_a_key_is_nowhere_in_the_process() -> None:
    """All writable memory is searched: found in its page before, after 200 uses, and not later."""
    command = [sys.executable, "-c", HOLDER, OpeningKey.make().public.raw.hex()]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        address = int(holder.stdout.readline())
        with Path(f"/proc/{holder.pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(address)
            key = memory.read(32)
        assert holder.stdout.readline() == "used\n"
        assert key != bytes(32)
        assert _found(holder.pid, key) == [address]
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "wiped\n"
        assert _found(holder.pid, key) == []
        holder.stdin.write("\n")


def _found(process: int, key: bytes) -> list[int]:
    """Return where *key* stands in the writable memory of a process."""
    places: list[int] = []
    maps = Path(f"/proc/{process}/maps").read_text("ascii")
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for line in maps.splitlines():
            span, rights = line.split()[:2]
            if "w" not in rights:
                continue
            start, end = (int(one, 16) for one in span.split("-"))
            memory.seek(start)
            body = memory.read(end - start)
            places += [start + one.start() for one in re.finditer(re.escape(key), body)]
    return places

"""Private keys that must be gone when their time is over: in locked memory, and nowhere else.

The 32 bytes of each key stand in pages that the kernel neither swaps out nor dumps nor gives to a
child, and are overwritten when the key ends. What Python cannot promise: that `cryptography` and
the interpreter leave no copy behind while they use a key. OpenSSL clears its own copy when it is
done; what it returns to us as immutable bytes is overwritten by :func:`wipe`; that this suffices is
measured (``tests/keys/test_held.py`` reads the memory of a process), not proved.
"""

import ctypes
import errno
import mmap
import os
import resource
from pathlib import Path
from typing import Final

from edge.errors import KeysError
from edge.keys.crypto import KEY_BYTES, SealingKey, agree, public_half

_PR_SET_DUMPABLE: Final = 4
_RANDOM: Final = Path("/dev/urandom")
_BODY: Final = bytes.__basicsize__ - 1  # where CPython keeps the content of a bytes object


class HeldKeys:
    """Room for a number of X25519 private keys; ``open`` it, and ``close`` it at the end.

    Args:
        most: how many keys there may be at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free: list[int] = []
        self._map: mmap.mmap | None = None
        self._address = 0

    def open(self) -> None:
        """Take the memory and lock it.

        Raises:
            KeysError: the process may not lock as much; the text says what to raise.
        """
        size = -(-self._most * KEY_BYTES // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.madvise(mmap.MADV_DONTDUMP)
        memory.madvise(mmap.MADV_DONTFORK)
        anchor = ctypes.c_char.from_buffer(memory)
        self._address = ctypes.addressof(anchor)
        del anchor  # while it lives the memory could not be given back
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mlock(ctypes.c_void_p(self._address), ctypes.c_size_t(size)) != 0:
            number = ctypes.get_errno()
            memory.close()
            raise KeysError(_not_locked(size, number))
        self._map = memory
        self._free = list(reversed(range(self._most)))

    def close(self) -> None:
        """Overwrite all keys and give the memory back; twice does no harm."""
        if self._map is not None:
            self._map[:] = bytes(len(self._map))
            self._map.close()
            self._map = None
            self._free = []

    def make(self) -> tuple[int, SealingKey]:
        """Make a random key where it stays, and return its place and its public half.

        Raises:
            KeysError: there are as many as may be.
        """
        place = self._take()
        view = self._view(place)
        with _RANDOM.open("rb", buffering=0) as random:
            if random.readinto(view) != KEY_BYTES:
                raise KeysError(f"{_RANDOM}: gave too few bytes")
        return place, public_half(view)

    def put(self, raw: bytes) -> tuple[int, SealingKey]:
        """Hold a key that came from elsewhere, overwrite *raw*, and return place and public half.

        Raises:
            KeysError: it is no key, or there are as many as may be.
        """
        if len(raw) != KEY_BYTES:
            raise KeysError(f"a key of {len(raw)} bytes is none")
        place = self._take()
        view = self._view(place)
        view[:] = raw
        wipe(raw)
        return place, public_half(view)

    def copy(self, place: int) -> bytes:
        """Return the key at *place*, to be sealed for somebody and wiped at once."""
        return bytes(self._view(place))

    def agree(self, place: int, other: SealingKey) -> bytes:
        """Return the secret that the key at *place* shares with *other*; :func:`wipe` it.

        Raises:
            KeysError: *other* is no sound key.
        """
        return agree(self._view(place), other)

    def wipe(self, place: int) -> None:
        """Overwrite the key at *place*: nothing sealed to it opens again."""
        self._view(place)[:] = bytes(KEY_BYTES)
        self._free.append(place)

    def _take(self) -> int:
        if not self._free:
            raise KeysError(f"there are {self._most} keys in locked memory, and no room for more")
        return self._free.pop()

    def _view(self, place: int) -> memoryview:
        if self._map is None:
            raise KeysError("the locked memory is closed: its keys are gone")
        return memoryview(self._map)[place * KEY_BYTES : (place + 1) * KEY_BYTES]


def wipe(secret: bytes) -> None:
    """Overwrite a secret that a library returned as immutable bytes, and that we alone hold.

    Only for objects nobody else refers to, never for literals or single bytes: CPython shares
    those.
    """
    if len(secret) >= KEY_BYTES:
        ctypes.memset(id(secret) + _BODY, 0, len(secret))


def leave_no_dump() -> None:
    """Keep this process's memory from core files, and from other processes of its user.

    The limit is 1: too small for any file, and at exactly 1 the kernel also starts no program that
    collects cores, which it does at 0. Where it is 0 for good (sudo does so for its child) only
    root may raise it; then the second lock, not to be dumpable, holds alone.

    Raises:
        KeysError: the kernel refuses.
    """
    least = 0 if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (least, least))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise KeysError(f"prctl: {os.strerror(ctypes.get_errno())}: memory could be dumped")


def _not_locked(size: int, number: int) -> str:
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    limit = "no limit" if soft == resource.RLIM_INFINITY else f"{soft} bytes"
    told = {
        errno.ENOMEM: "is over the limit",
        errno.EPERM: "is forbidden (the limit is 0, or a filter of system calls says no)",
    }
    why = told.get(number, os.strerror(number))
    return (
        f"{size} bytes for keys cannot be locked in memory: {why} (RLIMIT_MEMLOCK: {limit}); set "
        f"LimitMEMLOCK={max(size * 2, 65_536)} in the service, or keep reads for a shorter time"
    )

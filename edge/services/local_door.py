"""A Unix socket in the runtime folder, for this unit's own processes and nobody else."""

import contextlib
import grp
import os
import pwd
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

_GROUP: Final = "edge"
_CREDENTIALS: Final = struct.Struct("3i")
_TURN_S: Final = 0.25


class LocalDoor:
    """Listens at *file*; whoever is not of the unit's group is not let in."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._listening: socket.socket | None = None

    def open(self) -> None:
        """Begin to listen, in place of a socket that an earlier process left.

        Raises:
            OSError: the folder cannot be written.
        """
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._file.unlink(missing_ok=True)
            listening.bind(str(self._file))
            self._file.chmod(0o660)
            listening.listen(4)
        except OSError:
            listening.close()
            raise
        with contextlib.suppress(KeyError, PermissionError):  # a laptop has no such group
            os.chown(self._file, -1, grp.getgrnam(_GROUP).gr_gid)
        self._listening = listening

    def close(self) -> None:
        """End listening, and take the socket away."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
            self._file.unlink(missing_ok=True)

    def accept(self, wait_s: float) -> socket.socket | None:
        """Return whoever comes within *wait_s* and is one of the unit's; None for nobody.

        Raises:
            PermissionError: a process of another user came, and was put out.
        """
        door = self.take(wait_s)
        if door is not None:
            try:
                self.check(door)
            except PermissionError:
                door.close()
                raise
        return door

    def take(self, wait_s: float) -> socket.socket | None:
        """Return whoever comes within *wait_s*, :meth:`check` says who it is; None for nobody."""
        assert self._listening is not None
        if not readable(self._listening, wait_s):
            return None
        return self._listening.accept()[0]

    def check(self, door: socket.socket) -> None:
        """Let one of the unit's processes by.

        Raises:
            PermissionError: it is a process of another user.
        """
        raw = door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, uid, gid = _CREDENTIALS.unpack(raw)
        if not self._ours(uid, gid):
            raise PermissionError(f"user {uid} of this machine is not of the unit's group")

    def _ours(self, uid: int, gid: int) -> bool:
        group = self._file.stat().st_gid
        return uid in (0, os.geteuid()) or gid == group or _belongs(uid, group)


class Doorkeeper:
    """Lets one after the other in, in a thread of its own.

    Args:
        name: of the thread.
        serve: talks with whoever came in; the connection is closed after it.
        foreign: told why, when a process of another user came and was put out.

    Attributes:
        ended: set once :meth:`stop` was called; *serve* ends then.
    """

    def __init__(
        self,
        file: Path,
        name: str,
        serve: Callable[[socket.socket], object],
        foreign: Callable[[PermissionError], object],
    ) -> None:
        self.ended = threading.Event()
        self._door = LocalDoor(file)
        self._name = name
        self._serve = serve
        self._foreign = foreign
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the door.

        Raises:
            OSError: the folder cannot be written; nobody comes in.
        """
        self._door.open()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait for whoever is in, and close the door."""
        self.ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._door.close()

    def _run(self) -> None:
        while not self.ended.is_set():
            try:
                door = self._door.accept(_TURN_S)
            except PermissionError as error:
                self._foreign(error)
                continue
            if door is not None:
                with door:
                    self._serve(door)


def readable(door: socket.socket, wait_s: float) -> bool:
    """Say whether *door* has something to read, or has been left, within *wait_s*."""
    ready, _, _ = select.select([door], [], [], wait_s)
    return bool(ready)


def exactly(door: socket.socket, size: int) -> bytearray:
    """Return the next *size* bytes.

    Raises:
        ConnectionResetError: the other side went before the last.
        OSError: nothing came in time.
    """
    taken = bytearray(size)
    view, have = memoryview(taken), 0
    while have < size:
        got = door.recv_into(view[have:])
        if not got:
            raise ConnectionResetError("the other side has left")
        have += got
    return taken


def _belongs(uid: int, gid: int) -> bool:
    try:
        person = pwd.getpwuid(uid)
    except KeyError:
        return False
    return gid in os.getgrouplist(person.pw_name, person.pw_gid)

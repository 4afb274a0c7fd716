"""The page's end of the glass: shows a technician's ticket to watch, and takes looks."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.errors import EdgeError, GlassError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.signed import sign, to_bytes
from edge.log import Log
from edge.services.glass_wire import (
    SOCKET,
    TICKET,
    Head,
    Hello,
    Refused,
    Ticket,
    Welcome,
    send,
    send_blob,
    take,
)

_ANSWER_S: Final = 20.0
_SILENT_S: Final = 1.0
_AGAIN_S: Final = 1.0
_log: Final = Log("edge.tuning")

Take = Callable[[Head, bytearray], None]


class GlassLink:
    """One technician's connection to watch; made again when watch starts again.

    Args:
        folder: the runtime folder of the unit.
        identity: the technician's, opened by their password.
        session: names the session on the chain.
        take: called with each look, by this link's thread.

    Attributes:
        welcome: what watch told of itself; only after :meth:`open`.
        problem: why no looks come; empty while they may.
    """

    def __init__(self, folder: Path, identity: Identity, session: str, take: Take) -> None:
        self.welcome = Welcome()
        self.problem = ""
        self._file = folder / SOCKET
        self._identity = identity
        self._session = session
        self._take = take
        self._closed = threading.Event()
        self._door: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Be let in, and begin to take looks.

        Raises:
            GlassError: watch does not run here, or lets nobody look with this ticket.
        """
        self._door = self._connect()
        self._thread = threading.Thread(target=self._run, name="glass-link", daemon=True)
        self._thread.start()

    def tell(self, told: Refused) -> None:
        """Tell watch who was refused at the page.

        Raises:
            OSError, GlassError: watch cannot take it now.
        """
        door = self._door
        if door is None:
            raise GlassError("watch shows nothing now")
        send(door, told)

    def close(self) -> None:
        """Leave; watch puts that on the chain."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._hang_up()

    def _connect(self) -> socket.socket:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.settimeout(_ANSWER_S)
        try:
            door.connect(str(self._file))
            self._enter(door)
        except OSError as error:
            door.close()
            raise GlassError(
                f"watch does not answer at {self._file} ({error}): is it running, and is this user "
                "in its group?"
            ) from None
        except GlassError:
            door.close()
            raise
        return door

    def _enter(self, door: socket.socket) -> None:
        hello, _ = take(door, Hello)
        ticket = Ticket(v=1, unit=hello.unit, nonce=hello.nonce, session=self._session)
        send_blob(door, to_bytes(sign(TICKET, canonical.write(ticket), self._identity)))
        welcome, _ = take(door, Welcome)
        if welcome.refused:
            raise GlassError(welcome.refused)
        self.welcome = welcome
        door.settimeout(_SILENT_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._look()
            except (OSError, EdgeError) as error:
                self._hang_up()
                self.problem = f"watch shows nothing now: {error}"
                _log.warning("the view is interrupted", why=error)
                self._closed.wait(_AGAIN_S)

    def _look(self) -> None:
        """Take looks until it ends.

        Raises:
            OSError, GlassError: the view is interrupted.
        """
        if self._door is None:
            self._door = self._connect()
        self.problem = ""
        while not self._closed.is_set():
            if not _comes(self._door):
                continue  # a still street, or a pause
            self._take(*take(self._door, Head))

    def _hang_up(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None


def tell_refused(folder: Path, told: Refused) -> None:
    """Tell watch who was refused, while nobody looks.

    Args:
        folder: the runtime folder of the unit.

    Raises:
        OSError, GlassError: watch cannot take it now.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(_SILENT_S)
        door.connect(str(folder / SOCKET))
        take(door, Hello)
        send(door, told)


def _comes(door: socket.socket) -> bool:
    """Say whether something comes within a second."""
    try:
        return bool(door.recv(1, socket.MSG_PEEK)) or _ended()
    except TimeoutError:
        return False


def _ended() -> bool:
    raise ConnectionResetError("it has ended")

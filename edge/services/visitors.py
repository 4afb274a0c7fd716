"""Those who let people in at a running watch; their acts are recorded between two frames."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge.clock import Clock
from edge.config import Settings
from edge.services.act_door import ActDoor, Records
from edge.services.glass import Glass, Tell
from edge.services.keyring import Keyring
from edge.services.tunnel_gate import TunnelGate


class Room(Protocol):
    """Lets people in by a thread of its own."""

    def start(self) -> None:
        """Begin to let people in; never raises for what only visitors miss."""

    def step(self) -> None:
        """Put what happened on the chain; the line's thread calls it."""

    def stop(self) -> None:
        """Put everybody out; what that leaves for the chain waits for :meth:`step`."""


class Visitors:
    """All such rooms as one."""

    def __init__(self, *rooms: Room) -> None:
        self._rooms = rooms

    def start(self) -> None:
        """Open all."""
        for room in self._rooms:
            room.start()

    def step(self) -> None:
        """Put what happened in them on the chain."""
        for room in self._rooms:
            room.step()

    def stop(self) -> None:
        """Close all."""
        for room in self._rooms:
            room.stop()


def open_visitors(
    settings: Settings,
    keyring: Keyring,
    clock: Clock,
    tell: Tell,
    record: Records,
    *,
    masked: bool,
    shutter: Callable[[Settings], int],
) -> tuple[Glass, TunnelGate, Visitors]:
    """Return where technicians look through, their way in, and all these; none is started yet.

    Args:
        tell: puts on the chain what has happened; *record* what may not happen without.
    """
    folder, rosters = Path(settings.runtime.folder), keyring.rosters
    glass = Glass(settings, folder, rosters, clock, tell, masked=masked, shutter_us=shutter)
    gate = TunnelGate(settings, folder, rosters, keyring.identity, clock, tell)
    return glass, gate, Visitors(glass, gate, ActDoor(folder, clock, record))

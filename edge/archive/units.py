"""What each unit and console last said of itself, kept so that it is known after a restart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from edge.archive.database import Database, select, update
from edge.archive.tables import UNITS
from edge.errors import MessageError
from edge.messages.fleet import ChainState, UnitState
from edge.messages.health import HealthMessage, HealthPayload, parse_health
from edge.messages.status import StatusPayload, parse_status

_NS: Final = 1_000_000_000


class Units:
    """The part of the archive that holds the units' last words."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def health(self, name: str, body: bytes, said_ns: int) -> None:
        """Keep a health message, inside the caller's transaction.

        Args:
            said_ns: when it was said: now, or for one that the broker had in store its own date.
        """
        self._say(name, said_ns, health=body, health_ns=said_ns)

    def status(self, name: str, body: bytes, said_ns: int) -> None:
        """Keep a status, inside the caller's transaction; *said_ns* as of a health message."""
        self._say(name, said_ns, status=body, status_ns=said_ns)

    def heard(self, name: str, at_ns: int) -> None:
        """Note that something came from it, inside the caller's transaction."""
        self._say(name, at_ns)

    def states(self, chains: Mapping[str, ChainState]) -> tuple[UnitState, ...]:
        """Return all of them by name.

        Args:
            chains: of each one's newest store.
        """
        rows = self._db.rows(select(UNITS).order_by(UNITS.c.name))
        return tuple(_state(row, chains.get(row[0])) for row in rows)

    def _say(self, name: str, at_ns: int, **values: Any) -> None:
        row = self._db.row(select(UNITS.c.heard_ns).where(UNITS.c.name == name))
        if row is None:
            self._db.insert(UNITS, name=name, heard_ns=at_ns, **values)
            return
        newest = max(int(row[0]), at_ns)
        mine = update(UNITS).where(UNITS.c.name == name)
        self._db.execute(mine.values(heard_ns=newest, **values))


def _state(row: Sequence[Any], chain: ChainState | None) -> UnitState:
    name, heard_ns, health, health_ns, status, _ = row
    said, presence = _health(health), _status(status)
    payload = said.payload if said else None
    watch = payload.watch if payload else None
    return UnitState(
        name=name,
        heard_ns=heard_ns,
        online=presence.state == "online" if presence else None,
        last_frame_ns=_last_frame(said, health_ns),
        list_version=watch.list.version if watch and watch.list else "",
        list_age_s=watch.list.age_s if watch and watch.list else None,
        software=payload.software if payload else (presence.software if presence else ""),
        roster=watch.roster if watch else None,
        outbox=payload.deliver.outbox_depth if payload else None,
        problems=_problems(payload, unread=health is not None and payload is None),
        chain=chain,
        remote=watch.remote if watch else None,
    )


def _last_frame(said: HealthMessage | None, health_ns: int | None) -> int | None:
    """Return by our clock when the camera last gave a frame: the unit's may be wrong."""
    watch = said.payload.watch if said else None
    if said is None or watch is None or watch.last_frame_age_s is None or health_ns is None:
        return None
    made, read = (datetime.fromisoformat(one) for one in (said.made_at, watch.made_at))
    waited_s = max(0.0, (made - read).total_seconds())
    return health_ns - round((watch.last_frame_age_s + waited_s) * _NS)


def _problems(payload: HealthPayload | None, *, unread: bool) -> tuple[str, ...]:
    if unread:
        return ("its last health message cannot be read by this version of edge",)
    return payload.problems if payload else ()


def _health(body: bytes | None) -> HealthMessage | None:
    try:
        return parse_health(bytes(body)) if body else None
    except MessageError:
        return None  # told as a problem


def _status(body: bytes | None) -> StatusPayload | None:
    try:
        return parse_status(bytes(body)).payload if body else None
    except MessageError:
        return None

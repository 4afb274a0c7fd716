"""Who may look at the archive's page: log-ins on the archive's own chain."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from edge.archive.store import ArchiveStore
from edge.clock import Moment
from edge.store.tries import FIRST_S, FREE, LONGEST_S
from edge.web.archive.contract import Entered, Visitor
from edge.web.console.officers import ConsoleOfficers

OFFICERS: Final = "officers"
_KINDS: Final = ("log-in", "log-in-refused")


class WrongPasswords:
    """How long the next try for a name has to wait; what the chain tells survives a restart."""

    def __init__(self, store: ArchiveStore, name: str) -> None:
        self._store = store
        self._name = name
        self._failed: dict[str, tuple[int, Moment | None]] = {}

    def load(self) -> None:
        """Count the refusals of each name since its last log-in; their wait begins anew."""
        for row in self._store.acts(_KINDS):
            if row.name != self._name or row.payload is None:
                continue
            officer = str(row.payload.get("officer", ""))
            if row.kind == "log-in":
                self._failed.pop(officer, None)
            elif row.payload.get("in_a_row"):
                self._failed[officer] = int(row.payload["in_a_row"]), None

    def wait_s(self, name: str, now: Moment) -> float:
        """Return the seconds until the next try for *name* is looked at; 0 for at once."""
        failed, last = self._failed.get(name, (0, None))
        if failed < FREE:
            return 0.0
        if last is None:
            self._failed[name] = failed, now
            last = now
        wait = min(FIRST_S * 2.0 ** min(failed - FREE, 30), LONGEST_S)
        return max(0.0, wait - now.since(last))

    def failed(self, name: str, now: Moment) -> None:
        """Count a wrong password, on the record."""
        count = self._failed.get(name, (0, None))[0] + 1
        self._store.record("log-in-refused", {"officer": name, "in_a_row": count})
        self._failed[name] = count, now

    def clear(self, name: str) -> None:
        """Forget the wrong ones: the right one has come."""
        self._failed.pop(name, None)


class ArchiveRecord:
    """Where log-ins of the page stand (see :class:`edge.web.console.officers.Record`)."""

    def __init__(self, store: ArchiveStore, tries: WrongPasswords) -> None:
        self._store = store
        self.tries = tries

    def record(self, kind: str, payload: Mapping[str, Any]) -> object:
        """Put an act on the archive's chain."""
        return self._store.record(kind, payload)

    def log_in(self, officer: str, payload: Mapping[str, Any]) -> object:
        """Record a log-in, and forget the wrong passwords before it."""
        row = self._store.record("log-in", payload)
        self.tries.clear(officer)
        return row


class ArchiveDoor:
    """See :class:`edge.web.archive.contract.Door`.

    Args:
        officers: checks passwords against the roster; the sessions are its own.
    """

    def __init__(self, officers: ConsoleOfficers) -> None:
        self._officers = officers

    def names(self) -> Sequence[str]:
        """Return those who have keys on this machine."""
        return self._officers.names()

    def log_in(self, name: str, password: str) -> Entered:
        """Check a password and begin a session.

        Raises:
            KeysError: the person's file is damaged, or others may read it.
            StoreError: it cannot be recorded; nobody is logged in.
        """
        came = self._officers.log_in(name, password)
        return Entered(came.token, came.refused, came.wait_s)

    def visitor(self, token: str, *, active: bool = True) -> Visitor | None:
        """Return who has this cookie; None when the session ended."""
        session = self._officers.session(token, active=active)
        return Visitor(session.officer, session.role, session.mark) if session else None

    def log_out(self, token: str) -> None:
        """End the session; recorded."""
        self._officers.lock(token)

    def sweep(self, _now: Moment) -> None:
        """End what has timed out."""
        self._officers.sweep()

"""Who is at the console: passwords checked slowly, sessions in memory, each step on the record."""

import hashlib
import secrets
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from edge.clock import Clock, Moment
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.officers import ROLES, OfficerFolder
from edge.keys.roles import Role
from edge.web.console.contract import LogIn, Session

_WRONG: Final = "Name and password do not belong together."
_NOBODY: Final = ""  # wrong names share one count: there are many of them


class Wrong(Protocol):
    """Wrong passwords; see :class:`edge.store.tries.Tries`."""

    def wait_s(self, name: str, now: Moment) -> float:
        """Return the seconds until the next try for *name* is looked at."""

    def failed(self, name: str, now: Moment) -> None:
        """Count a wrong password, on the record."""


class Record(Protocol):
    """Where log-ins stand; a console's store, or the archive's."""

    @property
    def tries(self) -> Wrong:
        """The wrong passwords."""

    def record(self, kind: str, payload: Mapping[str, Any]) -> object:
        """Put an act on the chain."""

    def log_in(self, officer: str, payload: Mapping[str, Any]) -> object:
        """Record a log-in, and forget the wrong passwords before it."""


@dataclass(slots=True)
class _Live:
    session: Session
    active: Moment


class ConsoleOfficers:
    """Log-ins and sessions of one console (see :class:`edge.web.console.contract.Officers`).

    A password opens the officer's own keys; the roster says whether they count. A session ends
    when it is locked, when nothing was done for the time-out, and when its officer is barred here
    or revoked at the root; with it the keys leave memory.

    Args:
        timeout_s: a session without an act for so long ends.
        roles: who may log in here.
    """

    def __init__(
        self,
        folder: OfficerFolder,
        store: Record,
        rosters: RosterKeeper,
        clock: Clock,
        timeout_s: float,
        roles: Collection[Role] = ROLES,
    ) -> None:
        self._roles = roles
        self._folder = folder
        self._store = store
        self._rosters = rosters
        self._clock = clock
        self._timeout_s = timeout_s
        self._checking = threading.Lock()  # one guess at a time: each takes 64 MiB
        self._lock = threading.Lock()
        self._live: dict[str, _Live] = {}

    def names(self) -> tuple[str, ...]:
        """Return the officers whose keys are on this console, and not barred."""
        return self._folder.names()

    def log_in(self, name: str, password: str) -> LogIn:
        """Check a password and begin a session; takes a part of a second.

        Raises:
            KeysError: the officer's file is damaged, or others may read it.
            StoreError: it cannot be recorded; nobody is logged in.
        """
        with self._checking:
            return self._log_in(name, password)

    def countersign(self, name: str, password: str, role: Role) -> Identity | LogIn:
        """Return the keys of whoever signs beside the one who is logged in; nothing is kept.

        A wrong password counts as at a log-in.

        Returns:
            Why it is refused, where it is.

        Raises:
            KeysError: the file is damaged, or others may read it.
            StoreError: a wrong password cannot be recorded.
        """
        with self._checking:
            found = self._checked(name, password)
        if isinstance(found, Identity) and found.role is not role:
            return LogIn(refused=f"{name} is {found.role}: a {role} signs here.")
        return found

    def session(self, token: str, *, active: bool = True) -> Session | None:
        """Return the session of a token; None when there is none any more.

        Args:
            active: the officer did something, which puts the time-out off.
        """
        mark, now = _hash(token), self._clock.now()
        with self._lock:
            live = self._live.get(mark)
        if live is None:
            return None
        if why := self._over(live, now):
            self._end(mark, why)
            return None
        if active:
            live.active = now
        return live.session

    def lock(self, token: str) -> None:
        """End a session; the officer's keys leave memory even if it cannot be recorded."""
        self._end(_hash(token), "locked")

    def sweep(self) -> bool:
        """End what has timed out, or may be here no more; say whether anything ended."""
        now = self._clock.now()
        with self._lock:
            found = list(self._live.items())
        over = [(mark, why) for mark, live in found if (why := self._over(live, now))]
        for mark, why in over:
            self._end(mark, why)
        return bool(over)

    def _log_in(self, name: str, password: str) -> LogIn:
        found = self._checked(name, password)
        return found if isinstance(found, LogIn) else self._begin(found)

    def _checked(self, name: str, password: str) -> Identity | LogIn:
        known = name in self._folder.names()
        counted = name if known else _NOBODY
        wait_s = self._store.tries.wait_s(counted, self._clock.now())
        if wait_s > 0:
            return LogIn(
                refused=f"Too many wrong passwords: wait {wait_s:.0f} s.",
                wait_s=wait_s,
            )
        identity = None
        if known:
            identity = self._folder.open(name, password)
        else:
            self._folder.spend()  # time must not tell which names there are
        if identity is None:
            now = self._clock.now()
            self._store.tries.failed(counted, now)
            return LogIn(refused=_WRONG, wait_s=self._store.tries.wait_s(counted, now))
        if why := self._not_on_roster(identity):
            self._store.record("log-in-refused", {"officer": name, "why": why})
            return LogIn(refused=why)
        return identity

    def _begin(self, identity: Identity) -> LogIn:
        for mark, live in list(self._live.items()):
            if live.session.officer == identity.name:
                self._end(mark, "logged in elsewhere")
        token, now = secrets.token_urlsafe(32), self._clock.now()
        mark = _hash(token)
        named = hashlib.sha256(mark.encode("ascii")).hexdigest()[:16]
        started = datetime.fromtimestamp(now.utc_ns / 1e9, UTC)
        session = Session(identity.name, identity.role, started, named, identity)
        row = {"officer": identity.name, "role": identity.role.value, "session": named}
        self._store.log_in(identity.name, row)
        with self._lock:
            self._live[mark] = _Live(session, now)
        return LogIn(token=token)

    def _over(self, live: _Live, now: Moment) -> str:
        """Return why a session is over; empty while it goes on."""
        if now.since(live.active) >= self._timeout_s:
            return "timed out"
        if not self._folder.admits(live.session.officer):
            return "barred on this console"
        return self._not_on_roster(live.session.identity)

    def _end(self, mark: str, why: str) -> None:
        with self._lock:
            live = self._live.pop(mark, None)
        if live is not None:
            row = {"officer": live.session.officer, "session": live.session.mark, "why": why}
            self._store.record("log-out", row)

    def _not_on_roster(self, identity: Identity) -> str:
        """Return why the town does not count this key now; empty when it does."""
        roster, at = self._rosters.roster, self._rosters.at()
        key = identity.signing.public
        party = next((one for one in roster.parties if one.verify_key == key), None)
        if party is None or (party.name, party.role, party.town) != (
            identity.name,
            identity.role,
            identity.town,
        ):
            return f"{identity.name} is not on the town's roster (number {roster.sequence})."
        if roster.revocation(party) is not None:
            return f"The key of {identity.name} was revoked."
        if not party.holds(at) or identity.role not in self._roles:
            return f"The key of {identity.name} does not count now: its dates are over."
        return ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

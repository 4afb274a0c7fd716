"""Searches at a console: asked on its page, sent by its loop, answers opened for who asked alone.

What waits to go out lies sealed on the disk, so that a console that is switched off loses no
search; queries and answers lie sealed to the officer, and are opened in memory for each look.
"""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from edge.clock import Clock
from edge.config.settings import Settings
from edge.delivery.events import Acknowledged
from edge.delivery.sender import Publisher
from edge.errors import ConsoleError, KeysError
from edge.keys.identity import Identity
from edge.keys.parties import from_time
from edge.keys.roles import Role
from edge.log import Log
from edge.policy.search_outlook import searched
from edge.records import Category
from edge.services.console_answers import words_of
from edge.services.console_asking import SearchCounter, Wrong
from edge.services.keyring import Keyring
from edge.services.search_ask import Departures
from edge.services.search_asked import Asked, open_asked
from edge.services.search_make import SearchMaker, remember, tell_opened
from edge.store.console import ConsoleStore
from edge.web.console.contract import Session
from edge.web.console.desk import ConsoleDesk
from edge.web.console.officers import ConsoleOfficers
from edge.web.console.searching import (
    Answers,
    Asking,
    Preview,
    SearchFacts,
    SearchLine,
    UnitChoice,
)

_log: Final = Log("console.search")


class ConsoleSearches:
    """One console's searches (see :class:`edge.web.console.searching.SearchDesk`)."""

    def __init__(
        self,
        settings: Settings,
        keyring: Keyring,
        store: ConsoleStore,
        desk: ConsoleDesk,
        officers: ConsoleOfficers,
        publisher: Publisher,
        clock: Clock,
    ) -> None:
        self._section = settings.search
        self._keyring = keyring
        self._store = store
        self._desk = desk
        self._officers = officers
        self._clock = clock
        self._maker = SearchMaker(settings, keyring)
        self._counter = SearchCounter(self._maker, officers)
        self._folder = open_asked(settings, Role.CONSOLE)
        self._departures = Departures(publisher, keyring.identity.town)
        self._lock = threading.Lock()
        self._mark = 1
        self._opened: set[tuple[str, str, str]] = set()
        self._loaded = False

    # what pages ask

    def mark(self) -> int:
        """Return a number that grows with each search that goes out and each answer that comes."""
        return self._mark

    def facts(self, session: Session) -> SearchFacts:
        """Return what the form offers."""
        rosters, law = self._keyring.rosters, self._maker.law
        supervisors = {one.name for one in rosters.roster.recipients(Role.SUPERVISOR, rosters.at())}
        here = supervisors & set(self._officers.names()) - {session.officer}
        return SearchFacts(
            units=self._choices(session),
            purposes=self._maker.purposes,
            categories=tuple(one.value for one in Category),
            case_numbers=self._section.case_numbers,
            searched=searched(law),
            longest_s=law.search.longest_window_s,
            supervisor_s=law.search.supervisor_window_s,
            supervisors=tuple(sorted(here)),
        )

    def lines(self, session: Session) -> tuple[SearchLine, ...]:
        """Return the searches of this officer that are still kept, the newest first."""
        found = self._folder.all(session.officer)
        return tuple(self._line(asked, session.identity) for asked in reversed(found))

    def look(self, session: Session, asking: Asking) -> Preview:
        """Return how wide a search would be and whose word it needs; nothing is sent.

        Raises:
            ConsoleError: the car moves, or the clock is not set.
        """
        try:
            query, told = self._counter.look(session, asking, self._made(session))
        except Wrong as wrong:
            return Preview(wrong.problems)
        return Preview(outlook=told, units=tuple(query.units))

    def ask(self, session: Session, asking: Asking, supervisor: str, password: str) -> Preview:
        """Sign, record and send a search, countersigned where it is wide.

        Raises:
            ConsoleError: the car moves, or the clock is not set.
            StoreError: it cannot be recorded, and is not sent.
        """
        made = self._made(session)
        try:
            ready = self._counter.ready(session, asking, supervisor, password, made)
        except Wrong as wrong:
            return Preview(wrong.problems)
        query, until = ready.query, from_time(ready.query.expires)
        asked = remember(
            self._folder, query, ready.bundle, session.identity, self._store.record, session.mark
        )
        self._folder.lay(asked.number, ready.blob, until)
        self._add(asked, ready.blob, until)
        self._changed()
        return Preview(outlook=ready.outlook, units=tuple(query.units), sent=asked.number)

    def open(self, session: Session, number: str) -> Answers:
        """Return what was said to a search of this officer's, each answer on the record.

        Raises:
            ConsoleError: this officer has asked no such search here, or it cannot be opened.
            StoreError: it cannot be recorded, and is not shown.
        """
        asked = next(
            (one for one in self._folder.all(session.officer) if one.number == number), None
        )
        if asked is None:
            raise ConsoleError("you have asked no such search here, or its days are over")
        line = self._line(asked, session.identity)
        if line.trouble:
            raise ConsoleError(line.trouble)
        rosters = self._keyring.rosters
        held = [one.body for one in self._store.answers.to(number)]
        said = self._folder.told(asked, session.identity, rosters.roster, rosters.at(), held)
        for one in said:
            if one.message is not None:
                self._tell(session, number, one.unit)
        waits = self._waits(asked, session, line.expires)
        units = tuple(words_of(one, waits.get(one.unit, "")) for one in said)
        return Answers(line, units)

    # what the console's loop does

    def answered(self, number: str) -> None:
        """Tell pages that an answer came; also one to a search that was not asked here."""
        _log.debug("an answer came", search=number)
        self._changed()

    def connected(self) -> None:
        """Send what waits, also from before a restart."""
        if not self._loaded:
            self._load()
        with self._lock:
            self._departures.connected()

    def lost(self) -> None:
        """Wait for the next connection."""
        with self._lock:
            self._departures.lost()

    def step(self) -> None:
        """Publish what waits."""
        with self._lock:
            self._departures.step()

    def acknowledged(self, event: Acknowledged) -> None:
        """Take the broker's word that it has a search."""
        with self._lock:
            number = self._departures.acknowledged(event)
            done = bool(number) and not self._departures.waiting(number)
        if done:
            self._folder.left(number)
            self._changed()

    def prune(self) -> None:
        """Remove searches of more than a week ago, and end those that nobody took in time."""
        now = self._now()
        if not self._clock.trusted():
            return
        self._folder.prune(now)
        for number, _, until in list(self._folder.leaving()):
            if now.timestamp() >= until:
                self._folder.left(number)
                with self._lock:
                    self._departures.drop(number)
                self._changed()

    # how

    def _made(self, session: Session) -> datetime:
        """Return the moment of asking, where asking is possible now."""
        if self._desk.state(session).moving:
            raise ConsoleError("not while driving: stop, then search")
        if not self._clock.trusted():
            raise ConsoleError("this console's clock is not set: no search can be dated")
        return self._now()

    def _line(self, asked: Asked, officer: Identity) -> SearchLine:
        answered = {one.number.unit for one in self._store.answers.to(asked.number)}
        answered |= self._folder.units(asked)
        line = SearchLine(
            number=asked.number,
            made=asked.made,
            units=len(asked.units),
            answered=len(answered & set(asked.units)),
        )
        try:
            query = self._folder.query(asked, officer)
        except KeysError as error:
            _log.warning("a search that is kept cannot be opened", why=error)
            return replace(line, trouble=f"this search cannot be opened any more: {error}")
        return replace(
            line,
            plate=query.pattern,
            since=query.since,
            until=query.until,
            purpose=query.purpose,
            case=query.case,
            expires=query.expires,
        )

    def _choices(self, session: Session) -> tuple[UnitChoice, ...]:
        rosters, places = self._keyring.rosters, self._desk.places()
        heard = {one.name: one for one in self._desk.state(session).units}
        names = {one.name for one in rosters.roster.recipients(Role.UNIT, rosters.at())}
        found = []
        for name in sorted(names):
            unit, place = heard.get(name), places.get(name, "")
            if unit is None:
                found.append(UnitChoice(name, place, "unknown", "", "nothing heard of it"))
                continue
            word = f"reads nothing {unit.paused}" if unit.paused else "".join(unit.problems[:1])
            found.append(UnitChoice(name, place, unit.state, unit.since, word))
        return tuple(found)

    def _waits(self, asked: Asked, session: Session, expires: str) -> dict[str, str]:
        """Return for each unit why it may not have answered."""
        with self._lock:
            waiting = self._departures.waiting(asked.number)
            found = self._departures.trouble(asked.number)
        if self._now() >= from_time(expires):
            return dict.fromkeys(
                asked.units, f"it did not answer before the search ended at {expires}"
            )
        for unit in self._desk.state(session).units:
            if unit.state == "offline":
                found.setdefault(unit.name, f"it is offline since {unit.since}")
        return found | dict.fromkeys(waiting, "not sent yet: this console has no broker")

    def _tell(self, session: Session, number: str, unit: str) -> None:
        look = (session.mark, number, unit)
        with self._lock:
            known = look in self._opened
        if not known:
            tell_opened(self._store.record, number, session.officer, unit, session.mark)
            with self._lock:
                self._opened.add(look)

    def _load(self) -> None:
        """Take on what had not gone out when this console was switched off."""
        self._loaded = True
        known = {one.number: one for one in self._folder.all()}
        for number, blob, until in list(self._folder.leaving()):
            if number in known:
                self._add(known[number], blob, datetime.fromtimestamp(until, UTC))

    def _add(self, asked: Asked, blob: bytes, until: datetime) -> None:
        left_s = max(1, round((until - self._now()).total_seconds()))
        with self._lock:
            self._departures.add(asked.number, asked.units, blob, left_s)

    def _changed(self) -> None:
        with self._lock:
            self._mark += 1
        self._desk.bump()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now().utc_ns // 1_000_000_000, UTC)

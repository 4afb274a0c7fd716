"""The console's logic behind the pages: cards out of memory, acts into the store, one lock.

The store is written first and memory follows, so that what a screen shows has happened. Who may
see what is decided here and in :mod:`edge.web.console.showing`, never in a browser.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from edge.clock import Clock
from edge.config.console import ConsoleSection
from edge.errors import ConsoleError
from edge.messages.outcome import BlindPart, Outcome
from edge.records import AlertId, Grade
from edge.store.console import ConsoleStore
from edge.web.console import filters as sifting
from edge.web.console.acts import NO_ANSWER, Act, Acts
from edge.web.console.cards import Card, Details, Stage
from edge.web.console.claims import ClaimDesk
from edge.web.console.contract import Session
from edge.web.console.details import details
from edge.web.console.filters import Shown
from edge.web.console.looking import Looking
from edge.web.console.memory import Memory, parse_number
from edge.web.console.questions import check, judge, question, sentence
from edge.web.console.record import record
from edge.web.console.state import ClaimLine, DeskState, Filters
from edge.web.console.surroundings import Surroundings
from edge.web.console.told import Told, by_officer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the desk is made of.

    Attributes:
        name: this console's.
    """

    name: str
    section: ConsoleSection
    store: ConsoleStore
    acts: Acts
    claims: ClaimDesk
    memory: Memory
    around: Surroundings
    clock: Clock
    looking: Looking


class ConsoleDesk:
    """One console's desk (see :class:`edge.web.console.contract.Desk`)."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store
        self._memory = parts.memory
        self._around = parts.around
        self._clock = parts.clock
        self._looking = parts.looking
        self._changed = threading.Condition(threading.RLock())
        self._version = 1
        self._closed = False
        self._looks: set[tuple[str, AlertId, int]] = set()
        self._opened: set[tuple[str, AlertId]] = set()
        self._filters: dict[str, Filters] = {}
        self._seen: object = None
        self._pictures: dict[tuple[int, int, str], Shown] = {}

    def cards(self, session: Session | None = None) -> tuple[Card, ...]:
        """Return what is to be shown, without details, the gravest and newest at the head."""
        with self._changed:
            return self._sifted(session).cards

    def card(self, number: str, session: Session | None = None) -> Card:
        """Return one card, with its details if this officer may see them, on the record.

        Raises:
            ConsoleError: there is no such alert.
        """
        with self._changed:
            return self._card(parse_number(number), session)

    def crop(self, number: str) -> bytes | None:
        """Return the JPEG of the plate; None when there is none."""
        return self._store.alerts.picture(parse_number(number))

    def answer(self, number: str, session: Session, answer: str) -> Card:
        """Take the answer to the blind question and return the card with its details.

        Raises:
            ConsoleError: nothing is asked, or this is no answer to it.
            StoreError: it cannot be recorded, and has not happened.
        """
        with self._changed:
            told = self._asked(parse_number(number), session)
            asked = question(told.message, moving=self._looking.here().moving)
            given = check(asked, answer)
            blind = BlindPart(
                asked=asked.sentence,
                answered=sentence(asked, given),
                agreed=judge(asked, given, told.message),
                urgent=False,
            )
            self._say(told, session, Act(Outcome.ANSWERED, blind), "answer")
            return self._card(parse_number(number), session)

    def urgent(self, number: str, session: Session) -> Card:
        """Show everything unasked, on the record.

        Raises:
            ConsoleError: nothing is asked.
            StoreError: it cannot be recorded, and has not happened.
        """
        with self._changed:
            told = self._asked(parse_number(number), session)
            asked = question(told.message, moving=True)
            blind = BlindPart(asked=asked.sentence, answered="", agreed=None, urgent=True)
            self._say(told, session, Act(Outcome.ANSWERED, blind), "urgent")
            return self._card(parse_number(number), session)

    def open(self, number: str, session: Session) -> Card:
        """Return a card that asks nothing any more with its details, on the record.

        Raises:
            ConsoleError: it still asks.
        """
        alert_id = parse_number(number)
        with self._changed:
            told = self._memory.group(alert_id)[-1]
            if self._looking.stage(told, session) is Stage.BLIND:
                raise ConsoleError("answer first what you read, or take the urgent override")
            self._look(told, session)
            self._opened.add((session.mark, alert_id))
            return self._card(alert_id, session)

    def outcome(
        self, number: str, session: Session, outcome: str, note: str = "", text: str = ""
    ) -> Card:
        """Sign and send what came of it.

        Raises:
            ConsoleError: no such outcome, the question is not answered, or the correction that
                goes with *text* is refused.
            StoreError: it cannot be recorded, and has not happened.
        """
        if outcome not in set(Outcome) - {Outcome.ANSWERED}:
            raise ConsoleError(f"{outcome[:40]!r} is no outcome")
        alert_id = parse_number(number)
        with self._changed:
            told = self._memory.group(alert_id)[-1]
            if self._looking.stage(told, session) is Stage.BLIND:
                raise ConsoleError("answer first what you read, or take the urgent override")
            own = by_officer(self._memory.words(alert_id), session.officer)
            blind = own[-1].message.payload.blind if own else NO_ANSWER
            self._say(told, session, Act(Outcome(outcome), blind, note, text), "outcome")
            return self._card(alert_id, session)

    def touch(self, number: str, session: Session | None = None) -> Card:
        """Stop the siren of this alert on all screens of this console."""
        alert_id = parse_number(number)
        with self._changed:
            told = self._memory.group(alert_id)[-1]
            if not told.touched and told.newest.grade is Grade.ALARM:
                self._store.alerts.touch(alert_id, session.officer if session else "")
                self.refresh(alert_id)
            return self._card(alert_id, session)

    def filter(self, session: Session, filters: Filters) -> None:
        """Put filters in force for this session, on the record.

        Raises:
            ConsoleError: they name what there is not.
        """
        sifting.check(filters)
        with self._changed:
            self._store.record(
                "filter",
                {
                    "officer": session.officer,
                    "session": session.mark,
                    "categories": sorted(filters.categories),
                    "units": sorted(filters.units),
                    "grades": sorted(filters.grades),
                    "within_m": filters.within_m,
                },
            )
            self._filters[session.mark] = filters
            self.bump()

    def claims(self, session: Session) -> tuple[ClaimLine, ...]:
        """Return the corrections that wait; empty but for a supervisor."""
        with self._changed:
            return self._parts.claims.lines(session)

    def confirm(self, number: str, session: Session) -> None:
        """Confirm a correction, as a supervisor who has not signed it.

        Raises:
            ConsoleError: it does not wait here, or may not be confirmed, with the reason.
        """
        with self._changed:
            self._parts.claims.confirm(number, session)
            self.bump()

    def state(self, session: Session | None = None) -> DeskState:
        """Return how the console does."""
        with self._changed:
            looking, around, fix = self._looking, self._around, self._looking.fix()
            shown = self._sifted(session)
            return DeskState(
                version=self._version,
                console=self._parts.name,
                online=around.online,
                broker=around.broker,
                gaps=around.gaps(),
                units=around.units(),
                clock_trusted=self._clock.trusted(),
                speed_kmh=looking.speed_kmh(),
                moving=looking.here().moving,
                position=(fix.latitude, fix.longitude) if fix else None,
                officer=session.officer if session else None,
                role=session.role.value if session else None,
                locked=session is None,
                filters=self._chosen(session),
                filtered=shown.hidden,
                filtered_alarms=shown.hidden_alarms,
                unsent=self._store.outbox.depth(),
                claims=self._parts.claims.waiting(),
                problems=around.problems(),
                wall=self._parts.section.wall,
                tiles=bool(self._parts.section.tiles_folder),
                record=record(self._store) if session else (),
            )

    def places(self) -> dict[str, str]:
        """Return where each unit's newest alert here was seen."""
        with self._changed:
            return self._memory.places()

    def wait(self, version: int, timeout_s: float) -> int:
        """Return the present version once it differs from *version*, or after *timeout_s*."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version or self._closed, timeout_s)
            return self._version

    def close(self) -> None:
        """Let go whoever waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    # what follows is for the service, not for pages

    def change(self, act: Callable[[Surroundings], None]) -> None:
        """Change what is known of broker and units, and tell whoever waits."""
        with self._changed:
            act(self._around)
            self.bump()

    def look(self, act: Callable[[Surroundings], bool]) -> bool:
        """Do what may change what is known; only if it says that it did, tell whoever waits."""
        with self._changed:
            changed = act(self._around)
            if changed:
                self.bump()
            return changed

    def refresh(self, alert_id: AlertId) -> None:
        """Load an alert, and what was said of it, anew from the store."""
        with self._changed:
            self._memory.refresh(alert_id)
            self.bump()

    def load(self) -> None:
        """Load everything from the store: at the start, and after something was erased."""
        with self._changed:
            self._memory.load()
            self.bump()

    def tick(self) -> None:
        """Tell whoever waits if time alone has changed what is to be seen; call it each second."""
        with self._changed:
            seen = self._looking.mark()
            if seen != self._seen:
                self._seen = seen
                self.bump()

    def bump(self) -> None:
        """Count a change and tell whoever waits."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def _sifted(self, session: Session | None) -> Shown:
        """Return what this session is shown; each screen asks twice for one picture of it."""
        second = self._clock.now().monotonic_ns // 1_000_000_000
        key = (self._version, second, session.mark if session else "")
        if key not in self._pictures:
            self._pictures = {
                one: kept for one, kept in self._pictures.items() if one[:2] == key[:2]
            }
            self._pictures[key] = self._looking.sifted(session, self._chosen(session))
        return self._pictures[key]

    def _card(self, alert_id: AlertId, session: Session | None) -> Card:
        told = self._memory.group(alert_id)[-1]
        return self._looking.card(told, session, self._details(told, session))

    def _details(self, told: Told, session: Session | None) -> Details | None:
        """Return what the session's officer may see; a view is recorded before it is shown."""
        if session is None:
            return None
        alert_id = parse_number(told.number)
        opened = (session.mark, alert_id) in self._opened
        if self._looking.stage(told, session) is not Stage.REVEALED and not opened:
            return None
        self._look(told, session)
        now = self._clock.now().utc_ns if self._clock.trusted() else None
        return details(told.message, now)

    def _look(self, told: Told, session: Session) -> None:
        look = (session.mark, parse_number(told.number), told.newest.revision)
        if look not in self._looks:
            self._store.record(
                "view",
                {
                    "officer": session.officer,
                    "session": session.mark,
                    "alert": told.number,
                    "revision": told.newest.revision,
                },
            )
            self._looks.add(look)

    def _asked(self, alert_id: AlertId, session: Session) -> Told:
        told = self._memory.group(alert_id)[-1]
        if self._looking.stage(told, session) is not Stage.BLIND:
            raise ConsoleError("nothing is asked of this alert any more")
        return told

    def _say(self, told: Told, session: Session, act: Act, kind: str) -> None:
        about = parse_number(told.number)
        row = {
            "act": kind,
            "officer": session.officer,
            "session": session.mark,
            "alert_revision": told.newest.revision,
            "outcome": act.outcome.value,
            "agreed": act.blind.agreed,
            "urgent": act.blind.urgent,
        }
        self._store.post(
            about, lambda number: self._parts.acts.draft(told, session, act, number), row
        )
        self.refresh(about)

    def _chosen(self, session: Session | None) -> Filters:
        return self._filters.get(session.mark, Filters()) if session else Filters()

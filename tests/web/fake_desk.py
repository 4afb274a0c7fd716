"""A console's logic for tests of the pages: cards by hand, every act remembered.

It keeps the contract's promises that a page relies on: no details before an answer, a version that
grows, acts refused with a sentence. The real logic has tests of its own.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from edge.errors import ConsoleError
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.web.console.cards import CAN_NOT_TELL, AnswerLine, Card, Details, Stage, Tone
from edge.web.console.contract import LogIn, Session
from edge.web.console.state import ClaimLine, DeskState, Filters, UnitLine
from tests.web.plates import crop
from tests.web.samples import AT

STATE = DeskState(
    version=0,
    console="car-7",
    online=True,
    broker="connected",
    gaps=(),
    units=(UnitLine("bridge-2", "online", AT), UnitLine("route-5", "online", AT)),
    clock_trusted=True,
    speed_kmh=0.0,
    moving=False,
    position=(41.8474, -72.6443),
    officer=None,
    role=None,
    locked=True,
    filters=Filters(),
    filtered=0,
    filtered_alarms=0,
    unsent=0,
    claims=0,
    problems=(),
)


class FakeOfficers:
    """Two officers and a supervisor whose passwords are their names and a word."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._sessions: dict[str, Session] = {}
        self.roles = {
            "A. Moreau": Role.OFFICER,
            "R. Diaz": Role.OFFICER,
            "S. Okafor": Role.SUPERVISOR,
        }
        self._count = 0

    def names(self) -> tuple[str, ...]:
        return tuple(self.roles)

    def log_in(self, name: str, password: str) -> LogIn:
        if name not in self.roles or password != f"{name} secret":
            return LogIn(refused="Name and password do not fit.", wait_s=0.0)
        self._count += 1
        token = f"token-of-a-session-{self._count:04d}"
        identity = cast("Identity", None)  # the fake signs nothing
        began = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
        self._sessions[token] = Session(name, self.roles[name], began, token, identity)
        self._changed()
        return LogIn(token=token)

    def session(self, token: str, *, active: bool = True) -> Session | None:  # noqa: ARG002
        return self._sessions.get(token)

    def lock(self, token: str) -> None:
        self._sessions.pop(token, None)
        self._changed()


class FakeDesk:
    """Cards and a state that tests set; what pages did stands in :attr:`acts`."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._cards: dict[str, Card] = {}
        self._details: dict[str, Details] = {}
        self._pictures: dict[str, bytes] = {}
        self._right: dict[str, str] = {}
        self._state = STATE
        self._claims: tuple[ClaimLine, ...] = ()
        self._version = 1
        self.officers = FakeOfficers(self.change)
        self.acts: list[tuple[Any, ...]] = []

    def put(
        self,
        card: Card,
        details: Details | None = None,
        right: str = "1",
        plate: str = "BK40317",
        picture: bytes | None = None,
    ) -> None:
        """Show *card*; *details* come with the answer, which is *right* or not."""
        with self._lock:
            self._cards[card.number] = card
            if details is not None:
                self._details[card.number] = details
            self._right[card.number] = right
            self._pictures[card.number] = crop(plate) if picture is None else picture
        self.change()

    def set(self, **changes: Any) -> None:
        """Change the console's state."""
        with self._lock:
            self._state = replace(self._state, **changes)
        self.change()

    def wait_claims(self, *claims: ClaimLine) -> None:
        """Let corrections wait for a supervisor."""
        with self._lock:
            self._claims = claims
        self.set(claims=len(claims))

    def change(self) -> None:
        with self._lock:
            self._version += 1
            self._lock.notify_all()

    # the contract

    def cards(self, session: Session | None = None) -> tuple[Card, ...]:
        with self._lock:
            shown = [self._seen(one, session, details=False) for one in self._cards.values()]
        order = {Tone.ALARM: 0, Tone.VERIFY: 1}
        return tuple(
            sorted(shown, key=lambda one: (one.stage is Stage.HISTORY, order.get(one.tone, 2)))
        )

    def card(self, number: str, session: Session | None = None) -> Card:
        with self._lock:
            return self._seen(self._known(number), session, details=True)

    def crop(self, number: str) -> bytes | None:
        return self._pictures.get(number)

    def answer(self, number: str, session: Session, answer: str) -> Card:
        with self._lock:
            card = self._known(number)
            asked = card.question
            if asked is None or (answer not in asked.choices and not asked.typing):
                raise ConsoleError("nothing is asked of this card")
            right = None if answer == CAN_NOT_TELL else answer == self._right[number]
            said = self._line(session, answer=f"read {answer}", agreed=right)
            tone = Tone.DIFFERS if right is False else card.tone
            self._reveal(card, said, tone)
        return self._did("answer", number, session, answer)

    def urgent(self, number: str, session: Session) -> Card:
        with self._lock:
            card = self._known(number)
            self._reveal(card, self._line(session, urgent=True), card.tone)
        return self._did("urgent", number, session)

    def open(self, number: str, session: Session) -> Card:
        self._did("open", number, session)
        with self._lock:
            card = self._known(number)
            return replace(card, details=self._details.get(number))

    def outcome(
        self, number: str, session: Session, outcome: str, note: str = "", text: str = ""
    ) -> Card:
        with self._lock:
            self._cards[number] = replace(self._known(number), outcome=outcome)
        return self._did("outcome", number, session, outcome, note, text)

    def touch(self, number: str, session: Session | None = None) -> Card:
        with self._lock:
            self._cards[number] = replace(self._known(number), siren=False)
        return self._did("touch", number, session)

    def filter(self, session: Session, filters: Filters) -> None:
        self.acts.append(("filter", session.officer, filters))
        self.set(filters=filters)

    def claims(self, session: Session) -> tuple[ClaimLine, ...]:
        return self._claims if session.role is Role.SUPERVISOR else ()

    def confirm(self, number: str, session: Session) -> None:
        self.acts.append(("confirm", number, session.officer))
        self.wait_claims(*(one for one in self._claims if one.number != number))

    def state(self, session: Session | None = None) -> DeskState:
        with self._lock:
            return replace(
                self._state,
                version=self._version,
                officer=None if session is None else session.officer,
                role=None if session is None else session.role.value,
                locked=session is None,
            )

    def wait(self, version: int, timeout_s: float) -> int:
        with self._lock:
            self._lock.wait_for(lambda: self._version != version, timeout_s)
            return self._version

    def _known(self, number: str) -> Card:
        if number not in self._cards:
            raise ConsoleError("this console has no such alert")
        return self._cards[number]

    def _seen(self, card: Card, session: Session | None, *, details: bool) -> Card:
        may = session is not None and card.stage is Stage.REVEALED
        opens = session is not None and card.stage is Stage.HISTORY
        shown = self._details.get(card.number) if may and details else None
        return replace(card, details=shown, can_open=opens)

    def _reveal(self, card: Card, said: AnswerLine, tone: Tone) -> None:
        self._cards[card.number] = replace(
            card,
            stage=Stage.REVEALED,
            tone=tone,
            siren=False,
            question=None,
            answers=(*card.answers, said),
        )

    def _line(self, session: Session, **changes: Any) -> AnswerLine:
        usual: dict[str, Any] = {"answer": "", "agreed": None, "urgent": False}
        usual |= {"outcome": "", "note": "", "at": AT, "own": True}
        return AnswerLine(self._state.console, session.officer, **{**usual, **changes})

    def _did(self, what: str, number: str, session: Session | None, *words: str) -> Card:
        self.acts.append((what, number, *words))
        self.change()
        return self.card(number, session)

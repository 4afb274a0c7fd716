"""What the pages may ask of the console's logic: two protocols, held by a test against the code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.web.console.cards import Card
from edge.web.console.state import ClaimLine, DeskState, Filters


@dataclass(frozen=True, slots=True)
class Session:
    """An officer who is logged in; lives in memory alone and ends with the process.

    Attributes:
        identity: the officer's own keys, unlocked by the password.
        mark: names the session in the records, SHA-256 of its token's hash; not the token.
    """

    officer: str
    role: Role
    started: datetime
    mark: str
    identity: Identity = field(repr=False)


@dataclass(frozen=True, slots=True)
class LogIn:
    """What a log-in brought.

    Attributes:
        token: for the browser's cookie, 256 random bits as text; empty when refused.
        refused: why, as a sentence; the same for a wrong name and a wrong password.
        wait_s: the next try is not looked at before.
    """

    token: str = field(default="", repr=False)
    refused: str = ""
    wait_s: float = 0.0


class Desk(Protocol):
    """The console's logic; every method may be called from any thread, none waits but :meth:`wait`.

    Acts raise ``edge.errors.ConsoleError`` with a sentence for the officer: unknown card, not
    logged in, not now (moving), nothing to answer. An act that cannot be recorded raises
    ``StoreError`` and has not happened.
    """

    def cards(self, session: Session | None = None) -> tuple[Card, ...]:
        """Return what is to be shown, without details.

        Open ones first, the gravest and newest at the head; then history, the newest first.
        """

    def card(self, number: str, session: Session | None = None) -> Card:
        """Return one card, with its details if this officer may see them.

        That view is recorded, once for each log-in and revision.
        """

    def crop(self, number: str) -> bytes | None:
        """Return the JPEG of the plate; None when there is none."""

    def answer(self, number: str, session: Session, answer: str) -> Card:
        """Take the answer to the blind question and return the card with its details.

        Args:
            answer: one of the question's choices; or what was typed, where typing is allowed.
        """

    def urgent(self, number: str, session: Session) -> Card:
        """Show everything unasked; recorded as such."""

    def open(self, number: str, session: Session) -> Card:
        """Return a card that asks nothing any more (history, retracted) with its details."""

    def outcome(
        self, number: str, session: Session, outcome: str, note: str = "", text: str = ""
    ) -> Card:
        """Sign and send what came of it.

        Args:
            outcome: a word of ``edge.messages.outcome.Outcome``.
            text: for ``misread``, the plate that the car really had: makes a correction, which a
                supervisor must confirm. May be empty: no correction then.
        """

    def touch(self, number: str, session: Session | None = None) -> Card:
        """Stop the siren of this alert, on all screens of this console; needs no log-in."""

    def filter(self, session: Session, filters: Filters) -> None:
        """Put filters in force for this session; recorded."""

    def claims(self, session: Session) -> tuple[ClaimLine, ...]:
        """Return the corrections that wait; empty but for a supervisor."""

    def confirm(self, number: str, session: Session) -> None:
        """Confirm a correction, as a supervisor who has not signed it."""

    def state(self, session: Session | None = None) -> DeskState:
        """Return how the console does."""

    def wait(self, version: int, timeout_s: float) -> int:
        """Return the present version once it differs from *version*, or after *timeout_s*.

        Changes by time alone (a card becomes history, a session ends) count as changes.
        """


class Officers(Protocol):
    """Who may use the console; knows sessions by their tokens' hashes alone."""

    def names(self) -> Sequence[str]:
        """Return the officers whose keys are on this console."""

    def log_in(self, name: str, password: str) -> LogIn:
        """Check a password and begin a session; takes half a second, call it from a thread.

        An earlier session of the same officer ends, so that nobody has two.
        """

    def session(self, token: str, *, active: bool = True) -> Session | None:
        """Return the session of a cookie; None when it ended, was locked or timed out.

        Args:
            active: the officer did something; False for what a page asks by itself.
        """

    def lock(self, token: str) -> None:
        """End the session (lock, log out): the officer's keys leave memory; recorded."""

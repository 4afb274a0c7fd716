"""What an officer's act becomes: words with a number, signed with the officer's key, sealed."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.clock import Clock
from edge.errors import ConsoleError, CorrectionError, KeysError
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import Party, to_time
from edge.keys.roles import Role
from edge.keys.signed import Signed, from_bytes, sign, to_bytes
from edge.messages.letter import seal_letter
from edge.messages.outcome import AlertRef, BlindPart, Outcome, OutcomePayload, build_outcome
from edge.messages.topics import Kind
from edge.messages.wire import clip
from edge.plates.alphabet import normalise
from edge.policy.ledger import CLAIM, Claim, number_of, sign_claim
from edge.records import AlertId
from edge.store.console import Draft
from edge.web.console.contract import Session
from edge.web.console.told import Told, to_ns

RECIPIENTS: Final = (Role.CONSOLE, Role.ARCHIVE, Role.SUPERVISOR)
KeptClaim = tuple[str, bytes, int]
NO_ANSWER: Final = BlindPart(asked="", answered="", agreed=None, urgent=False)


@dataclass(frozen=True, slots=True)
class Act:
    """What an officer says.

    Attributes:
        text: for ``misread``: the plate that the car had; empty for no correction.
    """

    outcome: Outcome
    blind: BlindPart
    note: str = ""
    text: str = ""


class Acts:
    """Makes an officer's words on an alert, to be stored and sent.

    Args:
        days: for how long a correction may hold.
        listed: says whether a plate is known to be listed.
    """

    def __init__(
        self,
        console: str,
        rosters: RosterKeeper,
        clock: Clock,
        days: float,
        listed: Callable[[str], bool],
    ) -> None:
        self._console = console
        self._rosters = rosters
        self._clock = clock
        self._days = days
        self._listed = listed

    def draft(self, told: Told, session: Session, act: Act, number: AlertId) -> Draft:
        """Return the words of *act* about an alert, under the console's own *number*.

        Raises:
            ConsoleError: the correction is refused, with the reason.
            KeysError: nobody can be sealed to.
        """
        claim = self._claim(told, session, act)
        payload = OutcomePayload(
            alert=AlertRef(
                unit=told.message.unit,
                epoch=told.message.epoch,
                sequence=told.message.sequence,
                revision=told.message.revision,
            ),
            outcome=act.outcome,
            blind=act.blind,
            note=clip(act.note, 400),
            officer=session.officer,
            console=self._console,
            at=self._clock.now().iso(),
            clock_trusted=self._clock.trusted(),
            claim=base64.b64encode(claim[1]).decode("ascii") if claim else None,
        )
        words = build_outcome(session.identity.town, number, 0, payload)
        letter = seal_letter(Kind.VERDICT, words, b"", session.identity, self._recipients())
        misread = None
        if act.outcome is Outcome.MISREAD:
            misread = session.officer, to_bytes(sign(Kind.VERDICT, words, session.identity))
        return Draft(words, letter, claim, misread)

    def _recipients(self) -> tuple[Party, ...]:
        roster, at = self._rosters.roster, self._rosters.at()
        return tuple(party for role in RECIPIENTS for party in roster.recipients(role, at))

    def _claim(self, told: Told, session: Session, act: Act) -> KeptClaim | None:
        if act.outcome is not Outcome.MISREAD or not act.text:
            return None
        if session.role is not Role.OFFICER:
            raise ConsoleError(
                "a correction needs an officer's key and then a supervisor's: leave the plate "
                "empty, or let an officer give this outcome"
            )
        try:
            claim = self._row(told, act)
            signed = sign_claim(claim, session.identity, self._days, self._listed)
        except CorrectionError as error:
            raise ConsoleError(str(error)) from error
        except ValueError as error:
            raise ConsoleError("a plate has 1 to 10 letters and digits; type it again") from error
        return kept_claim(signed, claim)

    def _row(self, told: Told, act: Act) -> Claim:
        entry, at = told.message.payload.entry, self._now()
        return Claim(
            v=1,
            town=told.message.town,
            alert=told.number,
            text=normalise(act.text),
            plate=entry.plate or entry.partial,
            entry_id=entry.entry_id,
            owner=entry.owner,
            reason=clip(act.note, 400) or "misread, by the officer's own eyes",
            made=to_time(at),
            until=to_time(at + timedelta(days=self._days)),
        )

    def _now(self) -> datetime:
        return self._rosters.at().replace(microsecond=0)


def kept_claim(signed: Signed, claim: Claim) -> KeptClaim:
    """Return a claim as the store keeps it: number, document, end in ns of UTC."""
    return number_of(signed), to_bytes(signed), to_ns(claim.until)


def claim_of(text: str) -> Signed:
    """Return the claim that an outcome carries, not yet checked.

    Raises:
        KeysError: it is none.
    """
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        raise KeysError("the claim of an outcome is not base64") from None
    return from_bytes(blob, "the claim of an outcome", CLAIM)

"""Alerts and words as a console holds them, made by hand."""

from dataclasses import replace
from typing import Any

from edge.messages import build_alert, parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.outcome import (
    AlertRef,
    BlindPart,
    Outcome,
    OutcomePayload,
    build_outcome,
    parse_outcome,
)
from edge.records import Alert, AlertId, Contested, Grade, Handling, Verdict
from edge.web.console.told import Here, Told, Word, to_ns, version
from tests.alerts import UNIT, an_alert
from tests.fakes import START

EPOCH = "0123456789abcdef" * 2
SOUNDS = Handling(siren=True, recipients=("console",), keep_days=30.0)
FIFTH = Contested(5, "3", 0.61, "7", 0.37, decides=True)


def alarm(handling: Handling = SOUNDS, *, trusted: bool = True, **changes: Any) -> Alert:
    """Return an alert of grade alarm; *changes* are fields of Alert."""
    plain = an_alert()
    verdict = Verdict(Grade.ALARM, plain.verdict.gates, 60.0, trusted, handling)
    return replace(plain, **{"verdict": verdict, **changes})


def graded(grade: Grade, **changes: Any) -> Alert:
    """Return an alert of *grade*."""
    plain = alarm(**changes)
    return replace(plain, verdict=replace(plain.verdict, grade=grade))


def message(alert: Alert, sequence: int = 1, revision: int = 0) -> AlertMessage:
    """Return the alert as it came over the wire."""
    number = AlertId(UNIT.name, EPOCH, sequence)
    return parse_alert(build_alert(alert, number, revision, START, UNIT, "edge 0"))


def told(
    *alerts: Alert,
    after_s: float = 0.5,
    trusted: bool = True,
    touched: bool = False,
    sequence: int = 1,
) -> Told:
    """Return an alert with its revisions, each received *after_s* after its frame."""
    came = [message(alert, sequence, revision) for revision, alert in enumerate(alerts)]
    versions = tuple(
        version(one, to_ns(one.payload.times.captured) + round(after_s * 1e9), trusted=trusted)
        for one in came
    )
    number = f"{came[-1].unit}/{EPOCH}/{sequence}"
    return Told(number, came[-1], versions, touched, crop=True)


def here(after_s: float = 1.0, *, trusted: bool = True, moving: bool = False) -> Here:
    """Return a console, *after_s* after the usual frame."""
    return Here(
        now_ns=START.later(after_s).utc_ns,
        trusted=trusted,
        late_after_s=60.0,
        moving=moving,
    )


def word(
    outcome: Outcome = Outcome.ANSWERED,
    *,
    agreed: bool | None = True,
    answered: str = "3",
    urgent: bool = False,
    own: bool = True,
    officer: str = "officer-1",
    note: str = "",
    sequence: int = 1,
) -> Word:
    """Return what an officer said of the alert number 1."""
    console = "car-1" if own else "car-2"
    blind = BlindPart(
        asked="Character 5?" if answered else "", answered=answered, agreed=agreed, urgent=urgent
    )
    payload = OutcomePayload(
        alert=AlertRef(unit=UNIT.name, epoch=EPOCH, sequence=1, revision=0),
        outcome=outcome,
        blind=blind,
        note=note,
        officer=officer,
        console=console,
        at=START.later(5.0).iso(),
        clock_trusted=True,
        claim=None,
    )
    words = build_outcome("windsor", AlertId(console, EPOCH, sequence), 0, payload)
    return Word(parse_outcome(words), own)

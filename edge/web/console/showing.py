"""From what is held of an alert to the card on an officer's screen: pure rules, the safe way round.

Nothing of the list's entry comes into a card but by :mod:`edge.web.console.details`. A siren needs
every one of its conditions; whatever is late, in doubt, taken back or answered is silent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.messages.outcome import FINAL, Outcome
from edge.records import Grade
from edge.web.console.cards import AnswerLine, Card, Details, Pass, Stage, Tone
from edge.web.console.questions import question
from edge.web.console.told import AHEAD_S, Here, Told, Version, Word, by_officer, newest_outcome

OPEN_S: Final = 1800.0  # what asks for nothing any more is history after this time
PASSES: Final = 10
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks.

    Attributes:
        officer: empty when nobody is logged in.
        details: what this viewer may see; None for a list, or while nothing may be seen.
    """

    officer: str = ""
    details: Details | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """How far the place is from this car, and in which direction."""

    distance_m: float
    bearing_deg: float


def card(
    passes: Sequence[Told],
    words: Sequence[Word],
    viewer: Viewer,
    here: Here,
    away: Away | None = None,
) -> Card:
    """Return the card of one entry's passes.

    Args:
        passes: alerts of the same entry, the oldest first; the last is what the card is about.
        words: what officers here and elsewhere said of that last one, the oldest first.
    """
    told = passes[-1]
    payload = told.message.payload
    shown = tone(told, words, here)
    at = stage(shown, words, viewer.officer)
    blind = at is not Stage.REVEALED and viewer.details is None
    place = payload.place
    return Card(
        key=passes[0].number,
        number=told.number,
        unit=told.message.unit,
        revision=told.message.revision,
        stage=at,
        tone=shown,
        siren=siren(told, words, here),
        caution=bool(payload.entry.caution) or payload.handling.caution,
        crop=f"/crops/{told.number}" if told.crop else None,
        place=place.name,
        latitude=place.latitude,
        longitude=place.longitude,
        heading_deg=place.heading_deg,
        direction=payload.direction.value,
        at=payload.times.captured,
        age_s=age_s(told.newest, here),
        distance_m=away.distance_m if away else None,
        bearing_deg=away.bearing_deg if away else None,
        late=_late(told, here),
        clock_trusted=told.newest.trusted and here.trusted,
        question=question(told.message, moving=here.moving) if at is Stage.BLIND else None,
        details=viewer.details,
        can_open=at is Stage.HISTORY and bool(viewer.officer),
        seen_again=len(passes) - 1,
        passes=tuple(_pass(one) for one in passes[-1 - PASSES : -1]),
        answers=tuple(_line(one, blind=blind) for one in words),
        outcome=newest_outcome(words),
        test=payload.handling.test,
        withdrawn=_withdrawn(told) if shown is Tone.RETRACTED else "",
    )


def tone(told: Told, words: Sequence[Word], here: Here) -> Tone:
    """Return what a card looks like; of two reasons the one that calms counts."""
    newest = told.newest
    if _retracted(told):
        return Tone.RETRACTED
    if _ended(words) or _settled(told, words, here) or _late(told, here):
        return Tone.HISTORY
    if _differs(words):
        return Tone.DIFFERS
    if newest.grade is Grade.ALARM and _alarmed(told, here) is not None and newest.trusted:
        return Tone.ALARM
    return Tone.VERIFY


def siren(told: Told, words: Sequence[Word], here: Here) -> bool:
    """Say whether an alarm sounds now; once begun it does until it is touched.

    After a restart, what nobody had touched sounds again only while it is still news: by the
    present, which a clock that was set meanwhile has not made earlier.
    """
    handling = told.message.payload.handling
    if told.touched or any(one.own for one in words):
        return False
    if handling.test or not handling.siren or not here.trusted:
        return False
    if tone(told, words, here) is not Tone.ALARM:
        return False
    alarm = _alarmed(told, here)
    if alarm is None:
        return False
    begun_ns = here.now_ns if alarm.before else alarm.received_ns
    waited_ns = begun_ns - alarm.captured_ns
    return -AHEAD_S * _NS <= waited_ns <= here.late_after_s * _NS


def stage(shown: Tone, words: Sequence[Word], officer: str) -> Stage:
    """Return how far *officer*, empty for nobody, is with a card of that tone."""
    if officer and by_officer(words, officer):
        return Stage.REVEALED
    return Stage.HISTORY if shown in {Tone.HISTORY, Tone.RETRACTED} else Stage.BLIND


def age_s(newest: Version, here: Here) -> float | None:
    """Return the seconds since the plate passed; None when a clock is in doubt."""
    if not newest.trusted or not here.trusted:
        return None
    return max(0.0, (here.now_ns - newest.captured_ns) / _NS)


def _retracted(told: Told) -> bool:
    return told.message.payload.retracts or told.newest.grade is Grade.NONE


def _alarmed(told: Told, here: Here) -> Version | None:
    """Return the first revision that came as an alarm, live; None for none."""
    found = (one for one in told.versions if one.grade is Grade.ALARM)
    return next((one for one in found if one.live(here.late_after_s)), None)


def _late(told: Told, here: Here) -> bool:
    """Say whether it came too late to be news; a time in doubt is not called late.

    A late revision of what came live does not make it late: unless only it is the alarm.
    """
    came = [one for one in told.versions if one.grade is told.newest.grade]
    return told.newest.trusted and not any(one.live(here.late_after_s) for one in came)


def _settled(told: Told, words: Sequence[Word], here: Here) -> bool:
    """Say whether it has lain for long, and is no alarm that nobody has looked at."""
    newest = told.newest
    if newest.grade is Grade.ALARM and not told.touched and not any(one.own for one in words):
        return False
    old = here.now_ns - newest.received_ns > OPEN_S * _NS
    return old and here.trusted and newest.received_trusted


def _ended(words: Sequence[Word]) -> bool:
    own = [one.message.payload.outcome for one in words if one.own]
    told = [outcome for outcome in own if outcome is not Outcome.ANSWERED]
    return bool(told) and told[-1] in FINAL


def _differs(words: Sequence[Word]) -> bool:
    """Say whether the newest answer that was given here contradicts the list."""
    given = [one.message.payload.blind for one in words if one.own and one.answered]
    return bool(given) and given[-1].agreed is False


def _withdrawn(told: Told) -> str:
    if told.newest.grade is Grade.NONE:
        return "Taken back by the unit: no reason to stop this car."
    return "Lowered by the unit: it was an alarm and is one no more."


def _pass(told: Told) -> Pass:
    payload = told.message.payload
    return Pass(told.number, payload.place.name, payload.times.captured)


def _line(word: Word, *, blind: bool) -> AnswerLine:
    """Return one officer's word; its content is kept from whoever has not answered."""
    payload = word.message.payload
    outcome = "" if payload.outcome is Outcome.ANSWERED else payload.outcome.value
    return AnswerLine(
        console=payload.console,
        officer=payload.officer,
        answer="" if blind else answer_words(word),
        agreed=None if blind else payload.blind.agreed,
        urgent=payload.blind.urgent,
        outcome=outcome,
        note="" if blind else payload.note,
        at=payload.at,
        own=word.own,
        received=word.received or not word.own,
    )


def answer_words(word: Word) -> str:
    """Return an answer as it was asked and given; empty for none."""
    blind = word.message.payload.blind
    return f"{blind.asked} {blind.answered}".strip() if blind.answered else ""

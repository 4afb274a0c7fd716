"""What the console's logic gives to its pages, and the pages to the browser: plain frozen data.

The server decides by stage what a browser may know. Nothing of the list's entry is in a card, but
in its :attr:`Card.details`; and those are there only for an officer who is logged in, has answered
the blind question (or overridden it), and whose view of them has been recorded. The acts that a
page may ask for are in :mod:`edge.web.console.contract`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

CAN_NOT_TELL = "unsure"
NEITHER = "neither"
MATCH, DIFFERS = "match", "differs"
VERIFY_FIRST = "Verify with dispatch before any stop."


class Stage(StrEnum):
    """How far this officer is with an alert."""

    BLIND = "blind"  # asks what the officer reads, and tells nothing of the entry
    REVEALED = "revealed"  # answered or overridden: details may be shown
    HISTORY = "history"  # asks nothing any more; Desk.open shows the details


class Tone(StrEnum):
    """What a card looks like; only ``ALARM`` may sound, and only where :attr:`Card.siren` is."""

    ALARM = "alarm"
    VERIFY = "verify"
    HISTORY = "history"
    RETRACTED = "retracted"  # the unit took it back, or lowered it
    DIFFERS = "differs"  # the officer reads something else than the list says


@dataclass(frozen=True, slots=True)
class Question:
    """What the officer is asked before anything of the entry is told.

    Attributes:
        kind: ``character``: which character stands at *position*; ``match``: does the picture say
            what the unit read (*read*); ``type``: there is nothing to choose from.
        position: 1 for the first character of the plate; None but for ``character``.
        choices: values for :meth:`Desk.answer`, in the order to show them; :data:`NEITHER`,
            :data:`MATCH`, :data:`DIFFERS` and :data:`CAN_NOT_TELL` are words, anything else is a
            character of the plate.
        sentence: the question, for people.
        read: the unit's own read to compare with; empty but for ``match``.
        typing: the whole plate may be typed instead (:meth:`Desk.answer` with the text); False
            while the car moves.
    """

    kind: Literal["character", "match", "type"]
    position: int | None
    choices: tuple[str, ...]
    sentence: str
    read: str = ""
    typing: bool = False


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What one officer said about the alert, here or in another car.

    Attributes:
        console: where.
        answer: what was answered to the blind question, as a sentence; empty when nothing was, or
            while this officer has not answered: it would not be blind any more.
        agreed: the answer agrees with the list; None for can't tell, or not to be told yet.
        urgent: the officer overrode the question.
        outcome: a word of ``edge.messages.outcome.Outcome``; empty for none yet.
        note: free text; empty while not to be told yet.
        at: RFC 3339.
        own: given at this console.
        received: a receiver has confirmed it; always True for another console's.
    """

    console: str
    officer: str
    answer: str
    agreed: bool | None
    urgent: bool
    outcome: str
    note: str
    at: str
    own: bool
    received: bool = True


@dataclass(frozen=True, slots=True)
class Pass:
    """An earlier pass of what the list has as the same entry.

    Attributes:
        number: of its alert.
        at: when, RFC 3339.
    """

    number: str
    place: str
    at: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate's answer: ``pass``, ``fail`` or ``unknown``, with its sentence."""

    name: str
    result: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CharacterLine:
    """One character of the unit's fused read; *others* are rivals of at least 1 %, likeliest first.

    Attributes:
        char: empty for "no character".
        p: its probability, 0..1.
    """

    char: str
    p: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Details:
    """The list's entry and all that was read: only after the answer, for eyes that are recorded.

    Attributes:
        plate: the entry's; empty where the list knows only part of it (*partial*).
        category: ``stolen_vehicle``, ``wanted_person``, ``missing_person`` or ``other``.
        caution: what to know before anybody walks up to the car; may be empty.
        entered, expires: of the entry, RFC 3339.
        vehicle: in words, "white Ford F-150 pick-up"; empty when the list does not say.
        read_raw: the single best frame's text; *read_text*: all frames together.
        contested: one sentence for each character in doubt.
        list_version, list_age_s: of the list that was in force in the unit.
        checks: what to compare now, in words, most important first.
        verify: always :data:`VERIFY_FIRST`.
        software: of the unit, with its models.
    """

    plate: str
    partial: str
    jurisdiction: str
    category: str
    reason: str
    caution: str
    owner: str
    entry_id: str
    entered: str
    expires: str
    vehicle: str
    gates: tuple[GateLine, ...]
    read_raw: str
    read_text: str
    characters: tuple[CharacterLine, ...]
    contested: tuple[str, ...]
    list_version: str
    list_age_s: float
    checks: tuple[str, ...]
    verify: str = VERIFY_FIRST
    software: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as an officer's screen shows it; safe to send to that officer's browser as it is.

    Attributes:
        key: stays the same while later passes of the same entry join; for the page's element ids.
        number: ``unit/epoch/sequence`` of the newest pass: what all acts refer to.
        revision: the newest one; goes up when the unit learns more.
        siren: sound now.
        caution: the caution sign; its words are in the details.
        crop: path of the picture's URL; None when the unit had no room for pictures.
        place: where the plate passed; *latitude* and *longitude* are None when not known.
        heading_deg: where the camera looked, degrees clockwise from north; None when not known.
        direction: how the plate moved before the camera (:class:`edge.records.Direction`).
        at: when it passed, RFC 3339, by the unit's clock.
        age_s: seconds since then; None when no clock can be believed.
        distance_m, bearing_deg: from this car to the place; None without both positions.
        late: it came so late that it arrived as history.
        clock_trusted: False: the time is not to be believed, and is shown as such.
        question: what to ask; only at ``BLIND``.
        details: see :class:`Details`; None in lists and until the officer may see them.
        can_open: :meth:`Desk.open` would show the details (someone is logged in, nothing is asked).
        seen_again: how many earlier passes have joined; *passes* are the newest of them.
        answers: what officers said of this pass, the oldest first.
        outcome: this console's newest outcome, a word; empty for none.
        test: an installer's test, no police matter.
        withdrawn: why a retracted card is retracted, as a sentence; empty for others.
        unit: which unit saw it.
    """

    key: str
    number: str
    unit: str
    revision: int
    stage: Stage
    tone: Tone
    siren: bool
    caution: bool
    crop: str | None
    place: str
    latitude: float | None
    longitude: float | None
    heading_deg: float | None
    direction: str
    at: str
    age_s: float | None
    distance_m: float | None = None
    bearing_deg: float | None = None
    late: bool = False
    clock_trusted: bool = True
    question: Question | None = None
    details: Details | None = None
    can_open: bool = False
    seen_again: int = 0
    passes: tuple[Pass, ...] = ()
    answers: tuple[AnswerLine, ...] = ()
    outcome: str = ""
    test: bool = False
    withdrawn: str = ""

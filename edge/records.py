"""The nouns that travel down the line, in the order in which they come to be.

    Frame -> Detection -> Read -> Track -> Sighting -> Hit -> Verdict -> Alert

Frozen, slotted, made only by us: bytes from outside pass through pydantic first. Pictures are
never copied on the way; whoever holds a record must not write into its arrays. All coordinates are
pixels of the frame as delivered by the source, x to the right, y down, (0, 0) the outer corner of
the first pixel. Corners come in the order top left, top right, bottom right, bottom left as a
person reading the plate sees them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a source.

    Attributes:
        image: ``(H, W, 3)`` uint8, BGR.
        captured: when the sensor saw it (live), or when the recording says it was seen.
        number: counts up from 0 per source; gaps are frames that were dropped.
        low: the camera's own low-resolution luma, ``(h, w)`` uint8, for the gate; None where
            the source has none.
        name: file name for pictures, empty for live sources.
    """

    image: Pixels
    captured: Moment
    number: int = 0
    low: Pixels | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A plate found in a frame.

    Attributes:
        corners: ``(4, 2)`` float32.
        box: x1, y1, x2, y2, clipped to the frame.
        score: 0..1.
    """

    corners: NDArray[np.float32]
    box: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What one frame says about one plate.

    Attributes:
        slots: ``(SLOTS, CLASSES)`` float32, a distribution per character slot.
        text: the likeliest text by this frame alone; may be empty.
        confidence: probability of *text*, 0..1.
        crop: the plate with some margin, ``(h, w, 3)`` uint8, BGR, a copy that outlives the frame.
        captured: of the frame.
        detected: when the detector had finished.
        jurisdiction: probability by code (``us-ct``, ``eu-de``); empty when the reader has no such
            head.
    """

    detection: Detection
    slots: NDArray[np.float32]
    text: str
    confidence: float
    crop: Pixels
    captured: Moment
    detected: Moment
    jurisdiction: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a car was.

    Attributes:
        latitude, longitude: degrees north and east, WGS 84.
        heading_deg: 0..360, clockwise from north; None while it has not moved enough to tell.
        speed_mps: metres a second over ground; None where the receiver does not say.
        error_m: the receiver's own estimate for the place, 95 %; None where it gives none.
        at: when the receiver told it; the moment asked for, where it lies between two such.
    """

    latitude: float
    longitude: float
    heading_deg: float | None
    speed_mps: float | None
    error_m: float | None
    at: Moment


class Direction(StrEnum):
    """How a plate moves in the picture, by the change of its size and place."""

    APPROACHING = "approaching"
    RECEDING = "receding"
    CROSSING = "crossing"
    STANDING = "standing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One pass of one plate, fused from all its reads so far.

    The same pass keeps its *track* number; a later sighting of the same pass has more reads.

    Attributes:
        track: number of the pass, unique within this run of the daemon.
        slots: ``(SLOTS, CLASSES)`` float32: the fused distribution per slot.
        text: likeliest text of *slots*.
        raw_text: text of the single best read, before fusion; always kept.
        confidence: probability of *text*, 0..1.
        reads: how many reads were fused.
        first_seen, last_seen: capture moments of the first and the newest read.
        last_detected: when the detector had finished with the newest read's frame.
        fused: when this sighting was made.
        best: the read whose crop shows the plate best.
        ended: no further read will come: the plate left the picture.
        agreed: how many of the reads have *text*.
    """

    track: int
    slots: NDArray[np.float32]
    text: str
    raw_text: str
    confidence: float
    reads: int
    first_seen: Moment
    last_seen: Moment
    last_detected: Moment
    fused: Moment
    best: Read
    direction: Direction = Direction.UNKNOWN
    jurisdiction: Mapping[str, float] = field(default_factory=dict)
    ended: bool = False
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class KeptRead:
    """A pass that hit nothing, where the law allows that it is kept for a while.

    Attributes:
        at: when the plate was last captured; of a stored one only UTC means anything.
        text: the likeliest; *probability* is of it, 0..1.
        jurisdiction: the likeliest; empty where the reader does not say.
        direction: a :class:`Direction`'s value.
    """

    at: Moment
    text: str
    jurisdiction: str
    probability: float
    direction: str


class Category(StrEnum):
    """Why a plate is on the list; ``test`` is an installer's own car and wakes nobody."""

    STOLEN_VEHICLE = "stolen_vehicle"
    WANTED_PERSON = "wanted_person"
    MISSING_PERSON = "missing_person"
    OTHER = "other"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What a list says, or a camera knows, of a vehicle; empty strings are unknown."""

    make: str = ""
    model: str = ""
    colour: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a hotlist.

    Attributes:
        entry_id: the owner's own number for it.
        plate: normalised, 0-9 A-Z; see :attr:`partial` for ``?`` and ``*``.
        jurisdiction: ``us-ct``; empty when the list does not say.
        caution: to be shown before anybody walks up to the car ("armed").
        entered, expires: dates in UTC; an entry is dead from the start of *expires*.
    """

    entry_id: str
    plate: str
    jurisdiction: str
    category: Category
    reason: str
    owner: str
    entered: datetime
    expires: datetime
    vehicle: Vehicle = Vehicle()
    caution: str = ""

    def expired(self, now: datetime) -> bool:
        """Say whether the entry must no longer alert at *now*, a datetime with a zone."""
        return now >= self.expires

    @property
    def partial(self) -> bool:
        """Whether the plate is known in part: ``?`` any one character, one ``*`` any number."""
        return "?" in self.plate or "*" in self.plate


@dataclass(frozen=True, slots=True)
class ListVersion:
    """Which hotlist was in force.

    Attributes:
        version: name of the list and the first 12 hex digits of its SHA-256.
        issued: when the list was made; by its content, or else by its file's date.
        entries: how many it has.
        valid_from, expires: when the whole list may be used, *expires* excluded; None where its
            maker does not say.
        doubt: what has come to be held against it since it was installed; empty while nothing is.
    """

    version: str
    issued: datetime
    entries: int
    valid_from: datetime | None = None
    expires: datetime | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Contested:
    """A character that the reads do not settle.

    Attributes:
        position: 1 for the first character.
        expected, p_expected: what the entry has there, and its probability.
        rival, p_rival: the strongest other character ("" for none at all), and its probability.
        decides: without this character the match would not stand.
    """

    position: int
    expected: str
    p_expected: float
    rival: str
    p_rival: float
    decides: bool


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A sighting that may be a listed plate.

    Attributes:
        probability: of the entry's own text, given all that was seen, 0..1; of all texts that it
            may mean, where the entry is partial.
        exact: the fused text is the entry's text; never so for a partial entry.
        matched: when the matcher had finished.
        posterior: that the car is the listed one, by how rare those are against the unlisted plates
            that it may be instead, 0..1. Cars of other jurisdictions that bear the same text are
            the jurisdiction gate's question.
        twins: other listed plates that look the same (O and 0), of the same jurisdiction as far as
            is known: put there "to be safe", or a trap.
    """

    sighting: Sighting
    entry: Entry
    probability: float
    exact: bool
    contested: tuple[Contested, ...]
    list_version: ListVersion
    matched: Moment
    posterior: float = 0.0
    twins: tuple[str, ...] = ()


class Grade(StrEnum):
    """What an officer's unit may do with an alert."""

    ALARM = "alarm"
    VERIFY = "verify"
    NONE = "none"


class GateResult(StrEnum):
    """The answer of one of the four gates."""

    PASS = "pass"  # noqa: S105 - a gate's answer, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's answer, and the sentence that explains it to an officer.

    Attributes:
        name: ``text``, ``jurisdiction``, ``vehicle`` or ``list``.
    """

    name: str
    result: GateResult
    sentence: str


@dataclass(frozen=True, slots=True)
class Handling:
    """What the town's rules ask of whoever gets an alert of a category.

    Attributes:
        siren: an alarm may sound; otherwise it is shown in silence.
        caution: to be shown with the caution sign, whatever the entry itself says.
        recipients: roles that get it; others must not.
        keep_days: how long a receiver keeps it.
        test: an installer's test, no police matter.
    """

    siren: bool = True
    caution: bool = False
    recipients: tuple[str, ...] = ()
    keep_days: float = 0.0
    test: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """A hit's grade with its four gates, in the order text, jurisdiction, vehicle, list.

    Attributes:
        handling: by the rules of the entry's category.
        corrected: a confirmed correction held the grade down.
    """

    grade: Grade
    gates: tuple[Gate, ...]
    list_age_s: float
    clock_trusted: bool
    handling: Handling = Handling()
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class AlertId:
    """Never reused: not after a reflash (new epoch), not after a purge (AUTOINCREMENT)."""

    unit: str
    epoch: str
    sequence: int

    def __str__(self) -> str:
        """Return ``unit/epoch/sequence``."""
        return f"{self.unit}/{self.epoch}/{self.sequence}"


@dataclass(frozen=True, slots=True, eq=False)
class Alert:
    """What is to be told, before the store gives it its number.

    Attributes:
        revises: the alert that this one replaces; None for the first word about a pass.
        retracts: true when the grade fell, or the hit no longer stands: shown visibly.
        seen_again: the same plate alerted a while ago; an event of its own, not a repeat.
        crop_jpeg: at most 100 KB.
        stage_ms: milliseconds that each stage took for the frame that fired.
        models: version strings of detector and reader.
        fix: where the camera was at the moment of capture, and which way it looked; None for a
            fixed pole, whose place stands in the settings, and where it is not known.
        no_fix: why a moving unit's place is not known; empty for a pole, or with a fix.
    """

    hit: Hit
    verdict: Verdict
    crop_jpeg: bytes
    stage_ms: Mapping[str, float]
    models: Mapping[str, str]
    revises: AlertId | None = None
    retracts: bool = False
    seen_again: bool = False
    fix: Fix | None = None
    no_fix: str = ""

"""A look as it goes through the glass: plates, passes, and why one was not read or not matched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from edge.pipeline import Look, Told
from edge.plates import alphabet
from edge.records import Category, Detection, GateResult, Grade, Pixels, Read
from edge.services.glass_wire import (
    HIDDEN,
    Character,
    Head,
    Patch,
    Plate,
    Point,
    Track,
    ZonesShown,
)
from edge.tracking.motion import Box, iou
from edge.tracking.tracker import Pass
from edge.tracking.way import Way

WIDEST: Final = 1280  # pixels across that a page is shown; plates are measured at their own size
_MOST_PATCHES: Final = 6  # of which the page measures one: a measure costs it more than all else
_ROOM: Final = 0.25  # of a plate's width around it, for its own edges
_SAME: Final = 0.5  # overlap of a read and its pass
_LEAST_PX: Final = 100.0  # a plate that is narrower is read by luck


@dataclass(frozen=True, slots=True)
class Rules:
    """What explains why a plate was not read or told."""

    masked: bool
    least_confidence: float
    min_reads: int
    zones: ZonesShown = field(default_factory=ZonesShown)


class Looker:
    """Makes heads and pixels of looks; keeps which passes are the installer's own.

    Attributes:
        rules: for the next look; others may come in force meanwhile.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._own: set[int] = set()
        self._told: dict[int, Told] = {}

    def head(
        self, look: Look, image: Pixels, number: int, dropped: int, shutter_us: int
    ) -> tuple[Head, list[memoryview]]:
        """Return what is sent of *look*.

        Args:
            image: a copy of the frame's pixels.
        """
        self._learn(look)
        plates = self._plates(look)
        high, wide = image.shape[:2]
        patches = _patches(plates, wide, high)
        small = _small(image)
        head = Head(
            number=number,
            frame=look.frame.number,
            at=look.frame.captured.iso(),
            wide=wide,
            high=high,
            shown=(small.shape[1], small.shape[0]),
            channels=1 if image.ndim == 2 else image.shape[2],
            reason=look.reason,
            listed=look.listed,
            masked=self.rules.masked,
            shutter_us=shutter_us,
            dropped=dropped,
            stage_ms={name: round(ms, 2) for name, ms in look.stage_ms.items()},
            plates=tuple(plates),
            tracks=tuple(self._track(one, look) for one in look.passes),
            patches=tuple(patches),
            zones=self.rules.zones,
        )
        cut = (image[one.y : one.y + one.high, one.x : one.x + one.wide] for one in patches)
        return head, [np.ascontiguousarray(one).data.cast("B") for one in (small, *cut)]

    def _learn(self, look: Look) -> None:
        """Remember what was told of the passes that last, and whose they are."""
        alive = {one.number for one in look.passes}
        for one in look.told:
            self._told[one.sighting.track] = one
            if any(hit.exact and hit.entry.category is Category.TEST for hit in one.hits):
                self._own.add(one.sighting.track)
            else:
                self._own.discard(one.sighting.track)
        self._own &= alive
        self._told = {number: one for number, one in self._told.items() if number in alive}

    def _plates(self, look: Look) -> list[Plate]:
        found = look.found
        doubts = found.doubts or (0.0,) * len(found.unread)
        plates = [self._read(one, look.passes) for one in found.reads]
        plates += [
            _unread(one, "unread", p, self._why(one, p))
            for one, p in zip(found.unread, doubts, strict=True)
        ]
        outside = "outside the zones: its centre lies beyond zones.interest, or within zones.ignore"
        return plates + [_unread(one, "outside", 0.0, outside) for one in found.outside]

    def _read(self, read: Read, passes: Sequence[Pass]) -> Plate:
        track = _pass_of(read.detection.box, passes)
        own = track in self._own
        hidden = self.rules.masked and not own
        slots = [slot for slot in read.slots if slot.argmax() != alphabet.BLANK]
        characters = tuple(
            Character(
                text=HIDDEN if hidden else alphabet.CHARACTERS[int(slot.argmax())],
                p=round(float(slot.max()), 4),
            )
            for slot in slots
        )
        likely = max(read.jurisdiction.items(), key=lambda one: one[1], default=("", 0.0))[0]
        return Plate(
            corners=_corners(read.detection),
            state="read",
            own=own,
            text=HIDDEN * len(slots) if hidden else read.text,
            p=round(read.confidence, 4),
            characters=characters,
            jurisdiction="" if hidden else likely,
            track=track,
            why="",
        )

    def _why(self, one: Detection, p: float) -> str:
        wide = one.box[2] - one.box[0]
        if wide < _LEAST_PX:
            return f"too small: {wide:.0f} px wide, and {_LEAST_PX:.0f} are needed"
        least = self.rules.least_confidence
        return f"too uncertain: {p:.0%} sure, and reader.least_confidence is {least:.0%}"

    def _track(self, one: Pass, look: Look) -> Track:
        told = self._told.get(one.number)
        own = one.number in self._own
        hidden = self.rules.masked and not own
        text = told.sighting.text if told else ""
        return Track(
            number=one.number,
            box=one.box,
            reads=one.reads,
            direction=one.direction.value,
            own=own,
            text=HIDDEN * len(text) if hidden else text,
            p=round(told.sighting.confidence, 4) if told else 0.0,
            why=self._unmatched(one, told, listed=look.listed),
        )

    def _unmatched(self, one: Pass, told: Told | None, *, listed: bool) -> str:
        """Return what became of a pass at the list; no word of what the plate is."""
        if one.way is Way.WRONG:
            return "wrong direction: by zones.direction it goes the way that does not count"
        if one.way is Way.OPEN:
            return "its way along zones.direction is not clear yet: told once it is, or stands"
        if not listed:
            return "not matched: no hotlist is in force"
        if told is None:
            return f"not matched yet: {one.reads} reads, tracking.min_reads is {_min(self.rules)}"
        if not told.hits:
            return "not matched: on no list"
        if not told.decisions:
            return "on the list: nothing new to tell, or held back by a gate"
        return _graded(told)


def _min(rules: Rules) -> int:
    return rules.min_reads


def _graded(told: Told) -> str:
    verdict = told.decisions[-1].verdict
    open_gates = [gate.name for gate in verdict.gates if gate.result is not GateResult.PASS]
    held = f"; gates that do not pass: {', '.join(open_gates)}" if open_gates else ""
    word = "taken back" if verdict.grade is Grade.NONE else f"alert, {verdict.grade}"
    return f"{word}{held}"


def _unread(one: Detection, state: str, p: float, why: str) -> Plate:
    return Plate(
        corners=_corners(one),
        state="outside" if state == "outside" else "unread",
        own=False,
        text="",
        p=round(p, 4),
        characters=(),
        jurisdiction="",
        track=None,
        why=why,
    )


def _corners(one: Detection) -> tuple[Point, Point, Point, Point]:
    a, b, c, d = ((round(float(x), 2), round(float(y), 2)) for x, y in one.corners)
    return a, b, c, d


def _pass_of(box: Box, passes: Sequence[Pass]) -> int | None:
    best = max(passes, key=lambda one: iou(one.box, box), default=None)
    return best.number if best is not None and iou(best.box, box) >= _SAME else None


def _patches(plates: Sequence[Plate], wide: int, high: int) -> list[Patch]:
    """Return where plates are cut out that may be aimed at: the test plate first, then by width."""
    found = []
    for index, plate in enumerate(plates):
        points = np.array(plate.corners)
        low, top = points.min(axis=0), points.max(axis=0)
        room = _ROOM * (top[0] - low[0]) + 2
        x1, y1 = (int(max(0, value - room)) for value in low)
        x2, y2 = int(min(wide, top[0] + room)), int(min(high, top[1] + room))
        if x2 - x1 > 8 and y2 - y1 > 4:
            found.append(Patch(plate=index, x=x1, y=y1, wide=x2 - x1, high=y2 - y1))
    found.sort(key=lambda one: (plates[one.plate].own, one.wide), reverse=True)
    return found[:_MOST_PATCHES]


def _small(image: Pixels) -> Pixels:
    high, wide = image.shape[:2]
    if wide <= WIDEST:
        return image
    size = (WIDEST, round(high * WIDEST / wide))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)

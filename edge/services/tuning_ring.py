"""The last minute of what was seen, in memory alone; plates are covered before it is kept.

A look comes with its pixels as the camera saw them: here plates are measured, then covered where
the law profile wants that, and only then is the picture made.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np

from edge.clock import Clock, Moment
from edge.errors import PictureError
from edge.records import Pixels
from edge.services.glass_wire import Head, Plate
from edge.vision.aim import Aim, measure
from edge.vision.aiming import advise, worst
from edge.vision.jpeg import encode
from edge.vision.outline import snap
from edge.vision.rectify import widen

KEPT_S: Final = 60.0
MOST_BYTES: Final = 48_000_000
_JPEG_BYTES: Final = 400_000
_GROWN: Final = 0.3  # of a plate's size on each side, where it is covered
_BEHIND_S: Final = 1.0  # where a plate was so lately, one may be that this look has missed
_GREY: Final = (96, 96, 96)

_Quad = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One look of the last minute.

    Attributes:
        number: counts up for the page.
        aims: by plate; those that could be measured.
    """

    number: int
    at: Moment
    head: Head
    jpeg: bytes
    aims: dict[int, Aim]


class Picked:
    """Which plate is measured: the unit's first, or what the technician has pointed at."""

    def __init__(self) -> None:
        self._asked: tuple[int, int] | None = None
        self._place: tuple[float, float] | None = None
        self._track: int | None = None

    def point(self, asked: tuple[int, int] | None) -> None:
        """Take what the page asks for; the same again goes on following what it has become."""
        if asked != self._asked:
            self._asked, self._place, self._track = asked, asked, None

    def of(self, head: Head) -> int:
        """Return the number of the patch to measure; the first where what was picked is gone."""
        found = self._followed(head)
        if found is None:
            return 0
        plate = head.plates[head.patches[found].plate]
        self._place, self._track = _middle(plate), plate.track
        return found

    def _followed(self, head: Head) -> int | None:
        place = self._place
        if place is None:
            return None
        plates = [head.plates[one.plate] for one in head.patches]
        same = [
            n for n, one in enumerate(plates) if one.track is not None and one.track == self._track
        ]
        near = [n for n, one in enumerate(plates) if _off(one, place) < _wide(one)]
        return min(same or near, key=lambda n: _off(plates[n], place), default=None)


def _middle(plate: Plate) -> tuple[float, float]:
    x, y = np.mean(plate.corners, axis=0)
    return float(x), float(y)


def _off(plate: Plate, place: tuple[float, float]) -> float:
    return float(np.hypot(*np.subtract(_middle(plate), place)))


def _wide(plate: Plate) -> float:
    return float(np.hypot(*np.subtract(plate.corners[1], plate.corners[0])))


class Ring:
    """Looks of the last minute, at most 48 MB; :meth:`clear` leaves nothing of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: deque[Kept] = deque()
        self._bytes = 0
        self._number = 0
        self._covered: deque[tuple[Moment, _Quad]] = deque()
        self._changed = threading.Condition()
        self._aim = Picked()

    def aim_at(self, point: tuple[int, int] | None) -> None:
        """Measure the plate at *point* of the frame from now on; None: the unit's own choice."""
        self._aim.point(point)

    def take(self, head: Head, pixels: bytearray) -> None:
        """Measure, cover and keep one look.

        Raises:
            PictureError: its pixels are not as its head says.
        """
        now = self._clock.now()
        shown, patches = arrays(head, pixels)
        aims = {}
        chosen = self._aim.of(head)
        for index, (patch, cut) in enumerate(zip(head.patches, patches, strict=True)):
            if index != chosen:
                continue  # a measure costs more than all else
            aim = aim_of(head.plates[patch.plate], cut, patch.x, patch.y)
            if aim is not None:
                aims[patch.plate] = aim
        if head.masked:
            shown = _cover(shown, self._hidden(head, now), shown.shape[1] / head.wide)
        jpeg = encode(shown, _JPEG_BYTES)
        with self._changed:
            self._number += 1
            self._kept.append(Kept(self._number, now, head, jpeg, aims))
            self._bytes += len(jpeg)
            self._forget(now)
            self._changed.notify_all()

    def look(self, after: int, wait_s: float) -> Kept | None:
        """Return the newest look whose number is over *after*, waiting for it; None for none."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest() > after, wait_s)
            return self._kept[-1] if self._newest() > after else None

    def kept(self, number: int) -> Kept | None:
        """Return one look of the last minute; None when it is gone."""
        with self._changed:
            self._forget(self._clock.now())
            return next((one for one in self._kept if one.number == number), None)

    def span(self) -> tuple[int, int]:
        """Return the numbers of the oldest and the newest look; 0 and 0 for none."""
        with self._changed:
            self._forget(self._clock.now())
            return (self._kept[0].number, self._kept[-1].number) if self._kept else (0, 0)

    def clear(self) -> None:
        """Keep nothing any more of what was seen."""
        with self._changed:
            self._kept.clear()
            self._covered.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _newest(self) -> int:
        return self._kept[-1].number if self._kept else 0

    def _forget(self, now: Moment) -> None:
        while self._kept and (now.since(self._kept[0].at) > KEPT_S or self._bytes > MOST_BYTES):
            self._bytes -= len(self._kept.popleft().jpeg)

    def _hidden(self, head: Head, now: Moment) -> list[_Quad]:
        """Return what is to be covered: plates of others, here, lately, and of their passes."""
        fresh: list[_Quad] = [one.corners for one in head.plates if not one.own]
        while self._covered and now.since(self._covered[0][0]) > _BEHIND_S:
            self._covered.popleft()
        lately = [quad for _, quad in self._covered]
        self._covered.extend((now, quad) for quad in fresh)
        boxes = [_corners(one.box) for one in head.tracks if not one.own]
        return [*fresh, *lately, *boxes]


def told(one: Kept, speed_kmh: float) -> dict[str, Any]:
    """Return a look as the page shows it, with what is to be done about each plate.

    Args:
        speed_kmh: posted there; 0 for standing cars.
    """
    shown: dict[str, Any] = one.head.model_dump(mode="json", exclude={"patches", "number"})
    for index, plate in enumerate(shown["plates"]):
        aim = one.aims.get(index)
        plate["aim"] = None if aim is None else _advice(aim, one.head.shutter_us, speed_kmh)
    return {"number": one.number, **shown}


def _advice(aim: Aim, shutter_us: int, speed_kmh: float) -> dict[str, Any]:
    findings = advise(aim, shutter_us, speed_kmh)
    return {"colour": worst(findings).value, "findings": [asdict(one) for one in findings]}


def arrays(head: Head, pixels: bytearray) -> tuple[Pixels, list[Pixels]]:
    """Return the picture and the plates that were cut out; views of *pixels*.

    Raises:
        PictureError: there are other pixels than the head says.
    """
    sizes = [head.shown, *((one.wide, one.high) for one in head.patches)]
    flat = np.frombuffer(pixels, np.uint8)
    if flat.size != sum(wide * high for wide, high in sizes) * head.channels:
        raise PictureError("a look through the glass has other pixels than its head says")
    arrays, start = [], 0
    for wide, high in sizes:
        end = start + wide * high * head.channels
        array = flat[start:end].reshape(high, wide, head.channels)
        arrays.append(array[:, :, 0] if head.channels == 1 else array)
        start = end
    return arrays[0], arrays[1:]


def aim_of(plate: Plate, cut: Pixels, x: int, y: int) -> Aim | None:
    """Return the measures of a plate in what was cut out around it, at x and y of the frame."""
    try:
        corners = np.array(plate.corners, np.float32) - np.array([x, y], np.float32)
        return measure(cut, snap(cut, corners))
    except PictureError:
        return None  # a plate without area; the page says that it is not measured


def _cover(image: Pixels, quads: Sequence[_Quad], scale: float) -> Pixels:
    """Return a copy with a solid field over each plate: a coarse mosaic can be read again."""
    out = np.ascontiguousarray(image).copy()
    for quad in quads:
        wide = widen(np.array(quad, np.float32) * np.float32(scale), _GROWN)
        cv2.fillConvexPoly(out, np.round(wide).astype(np.int32), _GREY)
    return out


def _corners(box: tuple[float, float, float, float]) -> _Quad:
    x1, y1, x2, y2 = box
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))

"""One picture to its reads: what the line, ``edge read`` and ``edge evaluate`` all run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.clock import Clock, Moment
from edge.config.models import DetectorSection, ReaderSection
from edge.config.zones import ZonesSection
from edge.plates import alphabet
from edge.records import Detection, Frame, Pixels, Read
from edge.vision.cards import load_card
from edge.vision.colour import as_bgr
from edge.vision.detector import Detector
from edge.vision.doubt import look_again
from edge.vision.reader import Reader
from edge.vision.rectify import widen
from edge.vision.session import Session
from edge.vision.zones import Zones

_CROP_MARGIN: Final = 0.15  # around the plate in the crop that people see


@dataclass(frozen=True, slots=True, eq=False)
class PictureReads:
    """What one picture holds.

    Attributes:
        reads: best detection first.
        unread: plates without a text, or with one too uncertain to be told.
        stage_ms: milliseconds of ``detect``, ``rectify`` and ``read``.
        doubts: how sure the reader was of each of *unread*, 0..1.
        outside: plates that do not count, because of the zones; they were not read.
    """

    reads: tuple[Read, ...]
    unread: tuple[Detection, ...]
    stage_ms: Mapping[str, float]
    doubts: tuple[float, ...] = ()
    outside: tuple[Detection, ...] = ()


class PictureReader:
    """Detector, rectification and reader in a row.

    Args:
        zones: plates outside of them are as if they were not there.
        clock: times the stages.
    """

    def __init__(
        self,
        detector: Detector,
        reader: Reader,
        zones: Zones,
        section: ReaderSection,
        clock: Clock,
    ) -> None:
        self.detector = detector
        self.reader = reader
        self._zones = zones
        self._section = section
        self._clock = clock

    def retune(self, detector: DetectorSection, reader: ReaderSection, zones: Zones) -> None:
        """Judge by other limits from the next picture on; the models stay."""
        self.detector.retune(detector)
        self._section, self._zones = reader, zones

    def read(self, frame: Frame) -> PictureReads:
        """Find and read every plate in *frame*.

        Raises:
            ModelError: a model failed or broke its card's promise.
            PictureError: the frame has no pixels.
        """
        began = self._clock.now()
        image = as_bgr(frame.image)
        high, wide = image.shape[:2]
        found: list[Detection] = []
        outside: list[Detection] = []
        for one in self.detector.detect(image):
            (found if self._zones.keeps(one, wide, high) else outside).append(one)
        detected = self._clock.now()
        margin = self._section.margin
        flat = [self.reader.cut(image, d.corners, margin) for d in found]
        rectified = self._clock.now()
        first = self.reader.read(flat)
        plates = [(image, d.corners) for d in found]
        read = look_again(self.reader, plates, first, margin, self._section.look_again_below)
        ended = self._clock.now()
        readable = [self._readable(one) for one in read.slots]
        seen = zip(found, read.slots, read.jurisdictions, readable, strict=True)
        reads = [
            _read(frame, image, detection, slots, jurisdiction, detected)
            for detection, slots, jurisdiction, keep in seen
            if keep
        ]
        unread = [d for d, keep in zip(found, readable, strict=True) if not keep]
        doubts = [
            alphabet.confidence(one)
            for one, keep in zip(read.slots, readable, strict=True)
            if not keep
        ]
        stage_ms = {
            "detect": _ms(began, detected),
            "rectify": _ms(detected, rectified),
            "read": _ms(rectified, ended),
        }
        return PictureReads(tuple(reads), tuple(unread), stage_ms, tuple(doubts), tuple(outside))

    def _readable(self, slots: NDArray[np.float32]) -> bool:
        sure = alphabet.confidence(slots) >= self._section.least_confidence
        return sure and bool(alphabet.decode(slots))


def open_detector(section: DetectorSection) -> Detector:
    """Load its model and return the detector, ready.

    Raises:
        ModelError: the card or its weights are missing or wrong.
    """
    detector = Detector(Session(load_card(section.card), section.threads), section)
    detector.start()
    return detector


def open_picture_reader(
    detector_section: DetectorSection,
    reader_section: ReaderSection,
    zones_section: ZonesSection,
    clock: Clock,
) -> PictureReader:
    """Load both models and return the reader of pictures, ready.

    Raises:
        ModelError: a card or its weights are missing or wrong.
    """
    detector = open_detector(detector_section)
    reader = Reader(Session(load_card(reader_section.card), reader_section.threads))
    reader.start()
    return PictureReader(detector, reader, Zones(zones_section), reader_section, clock)


def _read(
    frame: Frame,
    image: Pixels,
    detection: Detection,
    slots: NDArray[np.float32],
    jurisdiction: Mapping[str, float],
    detected: Moment,
) -> Read:
    return Read(
        detection=detection,
        slots=slots.copy(),
        text=alphabet.decode(slots),
        confidence=alphabet.confidence(slots),
        crop=_crop(image, detection),
        captured=frame.captured,
        detected=detected,
        jurisdiction=jurisdiction,
    )


def _crop(image: Pixels, detection: Detection) -> Pixels:
    """Return a copy of the part of *image* around the plate, never empty."""
    high, wide = image.shape[:2]
    quad = widen(detection.corners, _CROP_MARGIN)
    x1, y1 = np.clip(np.floor(quad.min(axis=0)), 0, [wide - 1, high - 1]).astype(int)
    x2, y2 = np.clip(np.ceil(quad.max(axis=0)), [x1 + 1, y1 + 1], [wide, high]).astype(int)
    return image[y1:y2, x1:x2].copy()


def _ms(start: Moment, end: Moment) -> float:
    return end.since(start) * 1000.0

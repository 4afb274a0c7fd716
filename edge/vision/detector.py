"""Find plates in a frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config.models import DetectorSection
from edge.errors import ModelError
from edge.records import Detection, Pixels
from edge.vision import boxes, yolov9
from edge.vision.cards import ModelCard
from edge.vision.colour import as_bgr
from edge.vision.letterbox import Letterbox, inner_size, letterbox
from edge.vision.rectify import corners_of_box
from edge.vision.second_look import Limits, look_again
from edge.vision.session import Session

_COLUMNS: Final = 13  # score, box, four corners
_GREY: Final = (360, 640)  # of the frame that every detector sees first


class Detector:
    """The detector's model with its settings.

    Args:
        session: of a card whose task is ``detector``.
    """

    def __init__(self, session: Session, section: DetectorSection) -> None:
        self._session = session
        self._section = section

    @property
    def card(self) -> ModelCard:
        """What the model promises."""
        return self._session.card

    def retune(self, section: DetectorSection) -> None:
        """Judge by other limits from the next frame on; the model stays."""
        self._section = section

    def start(self) -> None:
        """Check the card, load the model, and look at one grey frame.

        Raises:
            ModelError: the card is not a detector's, or the file breaks its promise.
        """
        _format(self.card).check(self.card)
        self._session.start()
        self.detect(np.full((*_GREY, 3), 128, np.uint8))

    def detect(self, image: Pixels) -> list[Detection]:
        """Find plates in one frame, best first.

        Args:
            image: ``(H, W, 3)`` uint8, BGR, not modified; grey ones are converted.

        Returns:
            Boxes clipped to *image*, corners as the model gives them, possibly outside of it; one
            for each plate, at most ``max_plates``, each at least ``min_score`` and ``min_width``.
            Empty when there is no plate; never because the model failed.

        Raises:
            ModelError: the model failed or broke its card's promise.
            PictureError: *image* has no pixels or is no picture.
        Source: letterbox as in training; ``min_score`` from ``edge evaluate``. Large and
            small plates are looked at again, see :mod:`edge.vision.second_look`.
        """
        image = as_bgr(image)
        limits = Limits(self._section.look_again_over, self._section.look_closer_under)
        found, how = self._look(image)
        return look_again(image, found, limits, how, lambda part: self._look(part)[0])

    def _look(self, image: Pixels) -> tuple[list[Detection], Letterbox]:
        """Run the model once; return what it finds, and how *image* lay in its input."""
        form = _format(self.card)
        given, how = form.prepare(image, self.card)
        rows = form.rows(self._session.run(given)[0], self.card)
        scores = rows[:, 0]
        if len(scores) and (scores.min() < 0 or scores.max() > 1):
            raise ModelError(
                f"{self.card.weights}: its scores are no probabilities (from {scores.min():.3g} to "
                f"{scores.max():.3g}); the sigmoid belongs into the file"
            )
        return self._detections(rows, how, image.shape[1], image.shape[0]), how

    def _detections(
        self, rows: NDArray[np.float32], how: Letterbox, width: int, height: int
    ) -> list[Detection]:
        rows = rows[rows[:, 0] >= self._section.min_score]
        rows = rows[np.argsort(-rows[:, 0], kind="stable")]
        points = how.to_frame(rows[:, 1:].reshape(len(rows), 6, 2))
        found = boxes.clip(points[:, :2].reshape(-1, 4), width, height)
        wide = (found[:, 2] - found[:, 0] >= self._section.min_width) & (
            boxes.area(found) >= boxes.SMALLEST
        )
        rows, points, found = rows[wide], points[wide], found[wide]
        kept = boxes.apart(found)[: self._section.max_plates]
        return [_detection(rows[i, 0], found[i], points[i]) for i in kept]


def _detection(
    score: np.float32, box: NDArray[np.float32], points: NDArray[np.float32]
) -> Detection:
    """Join one row's parts; *points* are the box before it was clipped, and the corners."""
    x1, y1, x2, y2 = (float(value) for value in box)
    corners = points[2:]
    if not boxes.sound(corners, points[:2].ravel()):
        corners = corners_of_box((x1, y1, x2, y2))
    return Detection(corners.copy(), (x1, y1, x2, y2), float(score))


def _prepare(image: Pixels, card: ModelCard) -> tuple[Pixels, Letterbox]:
    """Return *image* in the smallest input that the card allows and that shows all of it."""
    _, height, width, _ = card.input.shape
    if step := card.side_multiple:
        width, height = (
            -(-side // step) * step
            for side in inner_size(image.shape[1], image.shape[0], width, height)
        )
    canvas, how = letterbox(image, width, height)
    return canvas[None], how


def _rows(output: NDArray[np.float32], _card: ModelCard) -> NDArray[np.float32]:
    return np.asarray(output[0], np.float32)


def _check(card: ModelCard) -> None:
    inward, outward = card.input, card.output
    fits = (
        card.task == "detector"
        and (card.colour, inward.dtype, outward.dtype) == ("bgr", "uint8", "float32")
        and (len(inward.shape), inward.shape[0], inward.shape[-1]) == (4, 1, 3)
        and min(inward.shape) > 0
        and (len(outward.shape), outward.shape[0], outward.shape[-1]) == (3, 1, _COLUMNS)
    )
    if not fits:
        raise ModelError(
            f"{card.path}: is no card of a detector that this version runs: "
            f"(1, H, W, 3) uint8 bgr to (1, K, {_COLUMNS}) float32 is wanted, it says "
            f"{card.task}, {inward.shape} {inward.dtype} {card.colour} to {outward.shape}"
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """What differs between the formats of detectors.

    Attributes:
        check: refuses a card that the format does not allow.
        prepare: a frame to the model's input, and how it lies in it.
        rows: the model's output to ``(K, 13)`` rows of ours.
    """

    check: Callable[[ModelCard], None]
    prepare: Callable[[Pixels, ModelCard], tuple[Pixels | NDArray[np.float32], Letterbox]]
    rows: Callable[[NDArray[np.float32], ModelCard], NDArray[np.float32]]


_FORMS: Final[Mapping[str, _Form]] = {
    "edge": _Form(_check, _prepare, _rows),
    "yolov9-end-to-end": _Form(yolov9.check, yolov9.prepare, yolov9.rows),
}


def _format(card: ModelCard) -> _Form:
    if card.format not in _FORMS:
        raise ModelError(
            f"{card.path}: is no card of a detector: format '{card.format}' is a reader's; "
            f"detectors have {', '.join(_FORMS)}"
        )
    return _FORMS[card.format]

"""How far what ``edge aim`` says of a plate is from what the renderer drew.

    python -m models.measure.aim

First drawn plates, whose corners, letters, blur and movement are known to the pixel: the measures
alone. Then a rendered street, whose plates the shipped detector finds: width and tilt by its
corners as they come, and by :func:`edge.vision.outline.snap`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.vision.aim import measure
from edge.vision.outline import snap
from edge.vision.picture import open_detector
from models.measure.aimed import shown
from models.synth.clips import ClipSpec, Pass, render_clip

_SIZES: Final = (80, 110, 150, 220, 400)
_GAUSS: Final = 2.507  # a step blurred by a Gaussian rises over this many standard deviations
_SHARP: Final = 1.4  # and one in a picture that is in focus, over this many pixels
_LEAST_PX: Final = 80.0
_STREET: Final = ClipSpec(
    seed=3, focal_px=4800.0, pitch=0.15, yaw=-0.2, shutter_s=1 / 2000, fps=3.0, seconds=4.4
)
_CARS: Final = (("us-ct", "AB12345"), ("us-ny", "KLM4821"), ("us-ma", "7GHT31"))

Row = tuple[str, float]


def drawn() -> Iterator[Row]:
    """Yield by measure how far it is off, as a share of the truth, or in its own unit."""
    for width in _SIZES:
        yield from _size(width)
        stroke = shown(width).stroke_px
        for share in (0.1, 0.2, 0.3, 0.4):
            blur = share * stroke
            truth = shown(width, defocus_px=blur)
            aim, wanted = (
                measure(truth.image, truth.corners),
                float(np.hypot(_GAUSS * blur, _SHARP)),
            )
            yield "blur along", _off(aim.across_px, wanted)
            yield "blur down", _off(aim.down_px, wanted)
        for share in (0.5, 1.0, 1.5):
            length = share * stroke
            wanted = float(np.hypot(length, _SHARP))
            along, down = shown(width, across_px=length), shown(width, down_px=length)
            yield "movement along", _off(measure(along.image, along.corners).across_px, wanted)
            yield "movement down", _off(measure(down.image, down.corners).down_px, wanted)


def _size(width: int) -> Iterator[Row]:
    for tilt in (-10.0, 0.0, 5.0):
        truth = shown(width, tilt_deg=tilt)
        aim = measure(truth.image, truth.corners)
        yield "plate width", _off(aim.width_px, width)
        yield "character height", _off(aim.character_px, truth.character_px)
        yield "stroke", _off(aim.stroke_px, truth.stroke_px)
        yield "tilt, degrees", aim.tilt_deg - tilt
    for ink, ground in ((100, 130), (30, 200), (60, 220)):
        truth = shown(width, ink=ink, ground=ground)
        yield "contrast", _off(measure(truth.image, truth.corners).contrast, ground - ink)
    bright = shown(width, ink=0, ground=255)
    aim = measure(bright.image, bright.corners)
    paper = float(np.mean(_inside(bright.image, bright.corners) >= 250))
    yield "burnt, share", aim.burnt - paper


def _inside(image: NDArray[np.uint8], corners: NDArray[np.float32]) -> NDArray[np.uint8]:
    (left, top), (right, low) = np.ceil(corners[0]), np.floor(corners[2])
    return image[int(top) : int(low), int(left) : int(right)]


def _off(value: float | None, truth: float) -> float:
    return -1.0 if value is None else value / truth - 1


@dataclass(frozen=True, slots=True)
class Place:
    """A plate of the street that the detector found."""

    image: NDArray[np.uint8]
    truth: NDArray[np.float32]
    found: NDArray[np.float32]


def street() -> Iterator[Place]:
    """Yield plates that are whole, and at least 80 px wide."""
    detector = open_detector(load([]).settings.detector)
    for number, light in enumerate(("day", "overcast", "dusk", "night")):
        for state, text in _CARS:
            car = Pass(f"{state}{number}", text, state, -0.6, 25.0)
            for frame in render_clip(replace(_STREET, light=light, passes=(car,))):
                whole = [one for one in frame.plates if one.visible > 0.99]
                found = detector.detect(frame.image) if whole else ()
                for one in whole:
                    wide = float(np.linalg.norm(one.corners[1] - one.corners[0]))
                    near = [f.corners for f in found if _apart(f.corners, one.corners) < wide / 4]
                    if wide >= _LEAST_PX and near:
                        yield Place(frame.image, one.corners, near[0])


def _apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)))


def _seen(place: Place, corners: NDArray[np.float32], how: str) -> Iterator[Row]:
    aim, truth = measure(place.image, corners), measure(place.image, place.truth)
    yield f"plate width, {how}", _off(aim.width_px, truth.width_px)
    yield f"tilt in degrees, {how}", aim.tilt_deg - truth.tilt_deg
    if truth.character_px:
        yield f"character height, {how}", _off(aim.character_px, truth.character_px)
    if truth.stroke_px:
        yield f"stroke, {how}", _off(aim.stroke_px, truth.stroke_px)
    yield f"contrast, {how}", _off(aim.contrast, truth.contrast)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print by measure the median, the ninth of ten and the worst distance from the truth."""
    print(f"{title:44} median    90 %   worst  within a tenth")
    for name in dict.fromkeys(name for name, _ in rows):
        off = np.abs([value for one, value in rows if one == name])
        ninth, within = float(np.percentile(off, 90)), float(np.mean(off <= 0.1))
        told = "" if "degrees" in name else f"{within:8.0%}"
        print(f"  {name:42} {np.median(off):6.3f}  {ninth:6.3f}  {off.max():6.3f}  {told}")


def main() -> None:
    """Print both tables."""
    show("drawn plates of 80 to 400 px", list(drawn()))
    places = list(street())
    rows: list[Row] = []
    for place in places:
        rows += _seen(place, place.found, "as detected")
        rows += _seen(place, snap(place.image, place.found), "snapped")
    show(f"{len(places)} plates of a street, against those corners", sorted(rows))


if __name__ == "__main__":
    main()

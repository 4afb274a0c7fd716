"""The rears of vehicles as flat pictures with a place for the plate: :func:`render_body`."""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import paint
from models.synth.glyphs import fitted_word
from models.synth.paint import Colour, Image

PAINTS: Final[tuple[Colour, ...]] = (
    (235, 236, 236), (200, 202, 204), (150, 152, 155), (95, 98, 100), (55, 56, 58), (24, 24, 26),
    (30, 30, 120), (35, 30, 170), (110, 60, 25), (60, 40, 30), (40, 70, 45), (60, 95, 140),
    (150, 190, 205), (40, 150, 215), (30, 190, 235), (150, 110, 50),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lamp:
    """A rear lamp: its middle in metres (x from the vehicle's middle, y from the road), size."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Body:
    """The rear of one vehicle, flat.

    Attributes:
        image: uint8 BGR, *px_per_m* pixels a metre, bottom row on the road.
        mask: uint8, 255 where the vehicle is.
        plate: middle of the plate in metres, x from the vehicle's middle, y over the road.
        length_m: how far the roof reaches ahead; *roof_m* and *roof_share* give its height and its
            width as a share of *width_m*.
    """

    kind: str
    colour: Colour
    width_m: float
    height_m: float
    length_m: float
    roof_share: float
    px_per_m: float
    image: Image
    mask: NDArray[np.uint8]
    plate: tuple[float, float]
    lamps: tuple[Lamp, ...]


@dataclass
class Canvas:
    """A picture and mask in metres: x from the middle to the right, y from the road up."""

    width_m: float
    height_m: float
    px_per_m: float
    image: Image = field(init=False)
    mask: NDArray[np.uint8] = field(init=False)
    lamps: list[Lamp] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the picture black and empty."""
        size = (round(self.height_m * self.px_per_m), round(self.width_m * self.px_per_m))
        self.image = np.zeros((*size, 3), np.uint8)
        self.mask = np.zeros(size, np.uint8)

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Return the pixel of a point in metres."""
        return (
            round((x + self.width_m / 2) * self.px_per_m),
            round((self.height_m - y) * self.px_per_m),
        )

    def polygon(
        self, points: list[tuple[float, float]], colour: Colour, solid: bool = True
    ) -> None:
        """Fill a polygon; *solid* makes it part of the vehicle's outline."""
        pixels = np.array([self.at(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.image, [pixels], colour, cv2.LINE_AA)
        if solid:
            cv2.fillPoly(self.mask, [pixels], 255)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, round_m: float = 0.0
    ) -> None:
        """Fill a rectangle, with round corners of *round_m*, as part of the outline."""
        (left, top), (right, bottom) = self.at(x0, y1), self.at(x1, y0)
        radius = round(round_m * self.px_per_m)
        paint.rounded_box(self.image, (left, top, right, bottom), radius, colour)
        paint.rounded_box(self.mask, (left, top, right, bottom), radius, 255)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, m: float) -> None:
        """Draw a line *m* metres thick."""
        thick = max(1, round(m * self.px_per_m))
        cv2.line(self.image, self.at(x0, y0), self.at(x1, y1), colour, thick, cv2.LINE_AA)

    def disc(self, x: float, y: float, radius: float, colour: Colour, solid: bool = False) -> None:
        """Fill a circle."""
        pixels = max(1, round(radius * self.px_per_m))
        cv2.circle(self.image, self.at(x, y), pixels, colour, -1, cv2.LINE_AA)
        if solid:
            cv2.circle(self.mask, self.at(x, y), pixels, 255, -1)

    def words(
        self, text: str, role: str, x: float, y: float, tall: float, widest: float, colour: Colour
    ) -> None:
        """Write *text* with its middle at (x, y), capitals *tall* metres high."""
        mask = fitted_word(text, role, round(tall * self.px_per_m), widest * self.px_per_m)
        paint.centre(self.image, mask, *self.at(x, y), colour)

    def lamp(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, round_m: float = 0.03
    ) -> None:
        """Draw a rear lamp with a brighter heart and remember where it glows."""
        self.box(x0, y0, x1, y1, colour, round_m)
        w, h = (x1 - x0) * 0.3, (y1 - y0) * 0.3
        bright = tuple(min(255, c + 45) for c in colour)
        self.box(x0 + w, y0 + h, x1 - w, y1 - h, bright, round_m / 2)  # type: ignore[arg-type]
        self.lamps.append(Lamp((x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, y1 - y0) / 2))


def darker(colour: Colour, share: float) -> Colour:
    """Return *colour* times *share*, held to 0..255."""
    blue, green, red = (int(min(255, max(0, c * share))) for c in colour)
    return blue, green, red


def sheen(rng: np.random.Generator, canvas: Canvas) -> None:
    """Light the body: bright above, dark below, a band of sky in the paint."""
    height, width = canvas.mask.shape
    rows = np.interp(np.linspace(0, 1, height), (0, 0.4, 0.6, 1), (1.12, 1.0, 0.92, 0.62))
    rows += 0.12 * np.exp(-(((np.linspace(0, 1, height) - rng.uniform(0.35, 0.55)) / 0.03) ** 2))
    columns = 1 - 0.22 * np.abs(np.linspace(-1, 1, width)) ** 3
    gain = np.outer(rows, columns).astype(np.float32)
    canvas.image = paint.lit(canvas.image, gain)


def recess(
    rng: np.random.Generator, canvas: Canvas, at: tuple[float, float], size: tuple[float, float],
    body: Colour,
) -> None:  # fmt: skip
    """Draw the hollow round the plate, with the lamps over it."""
    x, y = at
    w, h = size[0] / 2 + rng.uniform(0.01, 0.09), size[1] / 2 + rng.uniform(0.01, 0.05)
    shade = darker(body, rng.uniform(0.3, 0.9)) if rng.random() < 0.75 else (24, 24, 26)
    canvas.box(x - w, y - h, x + w, y + h, shade, 0.03)
    if rng.random() < 0.5:
        bar = (205, 205, 208) if rng.random() < 0.5 else darker(body, 0.7)
        canvas.box(x - w - 0.05, y + h, x + w + 0.05, y + h + rng.uniform(0.02, 0.06), bar, 0.02)


def finish(
    rng: np.random.Generator, canvas: Canvas, kind: str, colour: Colour,
    plate: tuple[float, float], length_m: float, roof_share: float,
) -> Body:  # fmt: skip
    """Return the body drawn on *canvas*."""
    canvas.mask = cv2.GaussianBlur(canvas.mask, (3, 3), 0)
    if rng.random() < 0.3:
        soft = paint.grain(rng, *canvas.mask.shape, coarse=24)
        dull = np.clip(0.12 + 0.1 * soft, 0, 0.4)
        dull *= np.linspace(50, 400, canvas.mask.shape[0], dtype=np.float32)[:, None]
        paint.stamp(canvas.image, np.clip(dull, 0, 255).astype(np.uint8), 0, 0, (95, 115, 130))
    return Body(
        kind, colour, canvas.width_m, canvas.height_m, length_m, roof_share, canvas.px_per_m,
        canvas.image, canvas.mask, plate, tuple(canvas.lamps),
    )  # fmt: skip

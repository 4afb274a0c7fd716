"""What stands in a state's name: maps between the groups, and the scenes of the eastern bases."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import paint
from models.synth.glyphs import fitted_word
from models.synth.paint import Colour, Image
from models.synth.us_looks import Look

_SHAPES: Final[dict[str, str]] = {
    "ny": "0,.62 .1,.5 .3,.46 .42,.2 .62,0 .78,0 .82,.6 .84,.75 1,.72 .86,.86 .74,.8 .62,.66 0,.7",
    "nj": ".3,0 .85,.12 .75,.3 .9,.45 .6,.85 .45,1 .2,.75 .45,.5 .25,.3",
    "pa": ".2,0 .8,0 .8,.18 1,.18 .85,1 .15,1 0,.18 .2,.18",
    "tx": ".3,0 .5,0 .5,.28 .95,.38 1,.65 .7,.85 .66,1 .5,.9 .4,.7 .22,.72 0,.5 .3,.46",
    "md": "0,0 1,0 1,.55 .8,.85 .5,1 .2,.85 0,.55",
    "ct": "0,.12 .96,0 1,.55 .55,.66 .18,1 .1,.8",
    "fl": "0,0 .62,.08 .78,.04 .82,.3 1,.7 .9,1 .76,.9 .62,.55 .5,.2 .3,.22 .02,.1",
    "star": ".5,0 .62,.36 1,.38 .7,.6 .8,1 .5,.76 .2,1 .3,.6 0,.38 .38,.36",
    "peak": "0,1 .3,.3 .4,.45 .6,0 1,1",
}
_RED: Final[Colour] = (40, 40, 190)
_ORANGE: Final[Colour] = (40, 110, 240)
_GREEN: Final[Colour] = (90, 140, 60)


def shape(name: str, x: float, y: float, wide: float, high: float) -> NDArray[np.int32]:
    """Return the outline *name* fitted into a box about (x, y)."""
    unit = np.array([[float(v) for v in p.split(",")] for p in _SHAPES[name].split()])
    return np.round((unit - 0.5) * (wide, high) + (x, y)).astype(np.int32)


def symbol(image: Image, name: str, x: float, y: float, high: float, ink: Colour) -> None:
    """Draw what parts two groups of a serial *high* pixels high, its middle at (x, y)."""
    if name == "dot":
        cv2.circle(image, (round(x), round(y)), round(high * 0.06), ink, -1, cv2.LINE_AA)
    elif name == "dash":
        half = high * 0.13
        thick = max(2, round(high * 0.1))
        cv2.line(image, (round(x - half), round(y)), (round(x + half), round(y)), ink, thick)
    elif name in {"fl", "ga"}:
        _fruit(image, name, x, y, high)
    elif name == "md":
        _shield(image, x, y, high * 0.32, high * 0.42)
    elif name in _SHAPES:
        size = high * {"ny": 0.34, "tx": 0.3, "nj": 0.2, "pa": 0.17}.get(name, 0.28)
        tall = size * (1.7 if name == "nj" else 0.75 if name == "ny" else 1.0)
        cv2.fillPoly(image, [shape(name, x, y, size, tall)], ink, cv2.LINE_AA)


def _fruit(image: Image, name: str, x: float, y: float, high: float) -> None:
    """Florida's two oranges with their blossom, or Georgia's peach."""
    unit = high / 52
    if name == "ga":
        centre = (round(x), round(y))
        cv2.circle(image, centre, round(19 * unit), (120, 170, 245), -1, cv2.LINE_AA)
        cv2.circle(image, centre, round(19 * unit), (50, 110, 230), 2, cv2.LINE_AA)
        cv2.ellipse(image, centre, (round(9 * unit), round(11 * unit)), 0, 0, 360, _GREEN, -1)
        return
    for dx, dy, radius in ((8, -16, 15), (-5, 6, 18)):
        at = (round(x + dx * unit), round(y + dy * unit))
        cv2.circle(image, at, round(radius * unit), _ORANGE, -1, cv2.LINE_AA)
    leaf = (round(x - 9 * unit), round(y - 22 * unit))
    cv2.ellipse(image, leaf, (round(15 * unit), round(7 * unit)), 25, 0, 360, _GREEN, -1)
    flower = (round(x + 8 * unit), round(y + 15 * unit))
    cv2.circle(image, flower, round(8 * unit), (240, 245, 245), -1, cv2.LINE_AA)
    cv2.circle(image, flower, max(1, round(2 * unit)), (60, 180, 220), -1, cv2.LINE_AA)


def _shield(image: Image, x: float, y: float, wide: float, high: float) -> None:
    """Maryland's quartered arms, small."""
    outline = shape("md", x, y, wide, high)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline], 255)
    arms = image.copy()
    left, top, right, bottom = (round(v) for v in (x - wide / 2, y - high / 2, x + wide, y + high))
    middle = (round(x), round(y))
    cv2.rectangle(arms, (left, top), (right, bottom), (240, 240, 245), -1)
    for step in range(0, round(wide / 2), 4):
        cv2.line(arms, (left + step, top), (left + step, middle[1]), (30, 170, 230), 2)
        cv2.line(arms, (middle[0] + step, middle[1]), (middle[0] + step, bottom), (20, 20, 20), 2)
    cv2.rectangle(arms, (middle[0], top), (right, middle[1] - round(high / 4)), _RED, -1)
    cv2.rectangle(arms, (left, middle[1]), (middle[0], middle[1] + round(high / 5)), _RED, -1)
    np.copyto(image, arms, where=mask[..., None] > 0)
    cv2.polylines(image, [outline], isClosed=True, color=(25, 25, 25))


def connecticut(rng: np.random.Generator, image: Image, look: Look) -> None:
    """The state's map in the upper left corner."""
    high, wide = image.shape[:2]
    ink = paint.vary(rng, look.name_ink, 12)
    cv2.fillPoly(image, [shape("ct", wide * 0.075, high * 0.13, 30, 20)], ink, cv2.LINE_AA)


def rhode_island(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A grey wave with a round crest, and an anchor at the upper left."""
    high, wide = image.shape[:2]
    grey = paint.vary(rng, look.ground[2], 8)
    xs = np.linspace(0, wide, 30)
    ys = high * (0.92 - 0.5 * np.exp(-(((xs / wide - 0.52) / 0.3) ** 2)))
    paint.fill_below(image, np.stack([xs, ys], 1).astype(np.int32), grey)
    swell = np.stack([xs, high * (0.2 + 0.62 * (1 - xs / wide) ** 2)], 1).astype(np.int32)
    right = np.vstack([swell[14:], [[wide, high], [round(wide * 0.6), high]]])
    cv2.fillPoly(image, [right.astype(np.int32)], grey, cv2.LINE_AA)
    eye = (round(wide * 0.62), round(high * 0.55))
    cv2.circle(image, eye, round(high * 0.2), paint.vary(rng, look.ground[1], 6), -1, cv2.LINE_AA)
    x, y, ink = round(wide * 0.1), round(high * 0.12), look.name_ink
    cv2.line(image, (x, y - 9), (x, y + 9), ink, 2, cv2.LINE_AA)
    cv2.line(image, (x - 5, y - 5), (x + 5, y - 5), ink, 2, cv2.LINE_AA)
    cv2.ellipse(image, (x, y + 2), (8, 7), 0, 10, 170, ink, 2, cv2.LINE_AA)


def vermont(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Two white rules over the whole width, and a maple in the upper left corner."""
    high, wide = image.shape[:2]
    box = (round(wide * 0.025), round(high * 0.215), round(wide * 0.975), round(high * 0.83))
    if rng.random() < 0.6:
        paint.rounded_line(image, box, 6, look.ink, 3)
    else:
        for y in (box[1], box[3]):
            cv2.line(image, (0, y), (wide, y), look.ink, 3)
    tree = paint.blob(rng, wide * 0.1, high * 0.09, high * 0.055, 0.35, 13)
    cv2.fillPoly(image, [tree], look.ink, cv2.LINE_AA)


def maine(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A chickadee on a pine twig with a cone at the left, dark tree-tops along the foot."""
    del look
    high, wide = image.shape[:2]
    green = paint.vary(rng, (80, 105, 55), 12)
    tops = []
    for x in range(-4, wide + 12, 7):
        tops += [(x, high * 0.9), (x + 3, high * rng.uniform(0.76, 0.86))]
    woods = image.copy()
    paint.fill_below(woods, np.array(tops, np.int32), green)
    paint.overlay(image, woods, 0.55)
    root = np.array((wide * 0.07, high * 0.5))
    for angle in rng.uniform(-1.2, 2.0, 22):
        tip = root + np.array((np.cos(angle) * 34, np.sin(angle) * 26))
        a, b = tuple(map(int, root)), tuple(map(int, tip))
        cv2.line(image, a, b, green, 2, cv2.LINE_AA)
    cone = (round(wide * 0.09), round(high * 0.66))
    cv2.ellipse(image, cone, (10, 17), -15, 0, 360, paint.vary(rng, (60, 90, 140), 12), -1)
    bird = (round(wide * 0.05), round(high * 0.3))
    cv2.ellipse(image, bird, (10, 15), 30, 0, 360, (150, 160, 165), -1, cv2.LINE_AA)
    cv2.circle(image, (bird[0] + 4, bird[1] - 13), 7, (25, 28, 30), -1, cv2.LINE_AA)


def new_hampshire(rng: np.random.Generator, image: Image, look: Look) -> None:
    """The Old Man of the Mountain at the right, and ``New`` in a hand above the low line."""
    high, wide = image.shape[:2]
    grey = paint.vary(rng, (150, 165, 150), 12)
    points = [(0.98, 0.95), (1.0, 0.16), (0.86, 0.2), (0.8, 0.32), (0.76, 0.38), (0.73, 0.46)]
    points += [(0.77, 0.5), (0.74, 0.58), (0.78, 0.66), (0.8, 0.8), (0.72, 0.95)]
    crag = image.copy()
    cv2.fillPoly(crag, [(np.array(points) * (wide, high)).astype(np.int32)], grey, cv2.LINE_AA)
    paint.overlay(image, crag, 0.6)
    mask = fitted_word("New", "hand-700", round(high * 0.1), wide * 0.2)
    paint.centre(image, mask, wide * 0.46, high * 0.77, look.name_ink)


def north_carolina(rng: np.random.Generator, image: Image, look: Look) -> None:
    """The Wright brothers' flyer behind the words, sea oats along the foot."""
    del look
    high, wide = image.shape[:2]
    blue = paint.vary(rng, (210, 165, 120), 14)
    for dy in (0.1, 0.24):
        a, b = (
            (round(wide * 0.34), round(high * (dy + 0.06))),
            (round(wide * 0.68), round(high * dy)),
        )
        cv2.line(image, a, b, blue, 4, cv2.LINE_AA)
    for x in np.linspace(0.36, 0.66, 7):
        a, b = (round(wide * x), round(high * 0.13)), (round(wide * x), round(high * 0.27))
        cv2.line(image, a, b, blue, 1, cv2.LINE_AA)
    for x in rng.uniform(0, wide, 60):
        tip = (round(x + rng.normal(0, 7)), round(high * rng.uniform(0.74, 0.85)))
        cv2.line(image, (round(x), high), tip, blue, 1, cv2.LINE_AA)


def texas(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A red streak and a white star at the upper left, clouds, dark hills along the foot."""
    del look
    high, wide = image.shape[:2]
    streak = np.array([[0, 0.16], [0, 0.55], [0.3, 0.2], [0.36, 0]]) * (wide, high)
    cv2.fillPoly(image, [streak.astype(np.int32)], paint.vary(rng, (70, 70, 190), 15), cv2.LINE_AA)
    soft = np.zeros((10, 20), np.float32) + rng.uniform(0, 1, (10, 20)).astype(np.float32)
    cloud = cv2.resize(soft, (wide, high), interpolation=cv2.INTER_CUBIC) * 90
    image[:] = paint.plus(image, np.clip(cloud - 30, 0, 90).astype(np.float32))
    line = paint.ridge(rng, wide, high * 0.87, 3, 14)
    paint.fill_below(image, line, paint.vary(rng, (90, 55, 45), 12))
    cv2.fillPoly(image, [shape("star", wide * 0.1, high * 0.14, 34, 34)], (248, 248, 248))


def texas_classic(rng: np.random.Generator, image: Image, look: Look) -> None:
    """A black star at the upper left."""
    del rng
    high, wide = image.shape[:2]
    cv2.fillPoly(image, [shape("star", wide * 0.09, high * 0.16, 34, 34)], look.ink, cv2.LINE_AA)


def excelsior(rng: np.random.Generator, image: Image, look: Look) -> None:
    """Hills, a fall, a skyline and a statue along the foot; gold rules beside the name."""
    del look
    high, wide = image.shape[:2]
    blue = paint.vary(rng, (130, 95, 50), 14)
    paint.fill_below(image, paint.ridge(rng, wide, high * 0.965, 2, 20), blue)
    for x in rng.uniform(0.02, 0.3, 12):
        a = (round(wide * x), round(high * rng.uniform(0.84, 0.93)))
        cv2.rectangle(image, a, (a[0] + 4, high), blue, -1)
    for x in rng.uniform(0.74, 0.98, 9):
        a = (round(wide * x), round(high * rng.uniform(0.84, 0.95)))
        cv2.rectangle(image, a, (a[0] + 2, high), blue, -1)
    for y, ink in ((0.1, (70, 170, 210)), (0.135, blue)):
        for ends in ((0.03, 0.24), (0.76, 0.97)):
            a, b = ((round(wide * x), round(high * y)) for x in ends)
            cv2.line(image, a, b, ink, 2)


def florida(rng: np.random.Generator, image: Image, look: Look) -> None:
    """The state's map in pale green behind the oranges."""
    del look
    high, wide = image.shape[:2]
    green = paint.vary(rng, (175, 205, 150), 10)
    box = shape("fl", wide * 0.56, high * 0.52, wide * 0.3, high * 0.62)
    cv2.fillPoly(image, [box], green, cv2.LINE_AA)


EMBLEMS: Final = {
    "connecticut": connecticut,
    "rhode_island": rhode_island,
    "vermont": vermont,
    "maine": maine,
    "new_hampshire": new_hampshire,
    "north_carolina": north_carolina,
    "texas": texas,
    "texas_classic": texas_classic,
    "excelsior": excelsior,
    "florida": florida,
}

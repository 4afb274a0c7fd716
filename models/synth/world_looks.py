"""How plates outside the United States look: colours, bands, headings, seals, faces, rows."""

from dataclasses import dataclass, replace
from typing import Final

from models.synth.paint import Colour

_WHITE: Final = (246, 246, 244)
_YELLOW: Final = (30, 190, 245)
_BLACK: Final = (22, 20, 20)
_RED: Final = (40, 30, 170)
_GREY: Final = (172, 172, 170)

EU_FACES: Final = (
    "roadmono-600 mono-400 cockpit-400 cockpit-700 medium-600 road-600 grotesk-500 narrow-700 "
    "tech-700 press-400 squarewide-600 square-700 round-500"
).split()
_ANY: Final = tuple(EU_FACES)
_DIN: Final = ("medium-600", "road-600", "grotesk-500", "narrow-700", "press-400")
_FE: Final = ("roadmono-600", "mono-400", "cockpit-700", "tech-700", "squarewide-600")
_WIDE: Final = ("road-600", "road-800", "medium-600", "round-500", "squarewide-600", "cockpit-400")
_UK: Final = ("road-600", "medium-600", "grotesk-700", "narrow-700", "road-800", "cockpit-700")
WILD_FACES: Final = (
    "slab-600 serif-700 round-500 cockpit-700 tall-500 narrow-500 grotesk-700 slim-400 sport-500 "
    "shoulder-600 poster-600 road-800 square-500 mono-400"
).split()


@dataclass(frozen=True, slots=True)
class WorldLook:
    """One country's plate style.

    Attributes:
        cut: after which separator two rows part: ``first``, ``last``, or ``even``.
        size: how tall characters are, as shares of the room they have.
        shrunk: the share of plates whose characters leave much of the plate empty.
        wild: the share that a sign painter or a shop made, in a face of its own.
        slit: the 0 has a gap at the upper right, as in FE-Schrift, which tells it from an O.
        shape: which serials it carries, letters as A and digits as 0; empty means any.
        panel: the colour of a field within the plate that holds the serial.
        strength: how far ink stands off the ground; 1 is the colours as they are.
    """

    style: str = "white"
    ground: Colour = _WHITE
    ink: Colour = _BLACK
    rim: Colour | None = _BLACK
    band: str = ""
    band_share: float = 0.9
    stars: bool = True
    right_band: str = ""
    heading: str = ""
    heading_height: float = 0.0
    heading_band: Colour | None = None
    seals: int = 0
    faces: tuple[str, ...] = _DIN
    two_rows: float = 0.18
    tall: bool = False
    weight: float = 1.0
    cut: str = "first"
    size: tuple[float, float] = (0.8, 0.96)
    shrunk: float = 0.05
    wild: float = 0.0
    slit: bool = False
    shape: str = ""
    panel: Colour | None = None
    strength: tuple[float, float] = (0.85, 1.0)


_EU: Final = WorldLook()
_OLD: Final = replace(_EU, style="old", band="", weight=0.15)
_LIGHT: Final = (235, 235, 235)
_GREY_OLD: Final = WorldLook(
    "grey",
    _GREY,
    (35, 35, 35),
    (60, 60, 60),
    tall=True,
    heading="town",
    heading_height=0.2,
    faces=_WIDE,
    size=(0.66, 0.86),
    strength=(0.55, 1.0),
    shape="AAA0000",
)


def _eu(letter: str, **changes: object) -> tuple[WorldLook, ...]:
    return (replace(_EU, band=letter, **changes),)  # type: ignore[arg-type]


LOOKS: Final[dict[str, tuple[WorldLook, ...]]] = {
    "eu-de": _eu("D", seals=2, faces=_FE, slit=True),
    "eu-fr": (*_eu("F", right_band="blue"), replace(_OLD, ground=_YELLOW, style="old yellow")),
    "eu-nl": (
        *_eu("NL", ground=_YELLOW, two_rows=0.2, slit=True),
        replace(_OLD, style="blue", ground=(110, 45, 20), ink=_LIGHT, rim=_LIGHT, weight=0.08),
    ),
    "eu-es": (*_eu("E"), _OLD),
    "eu-it": _eu("I", right_band="blue"),
    "eu-pl": _eu("PL", seals=1, two_rows=0.2),
    "eu-cz": _eu("CZ", seals=2, two_rows=0.2),
    "eu-sk": _eu("SK", seals=1),
    "eu-at": _eu("A", seals=1, rim=_RED),
    "eu-be": (
        *_eu("B", ink=_RED, rim=_RED),
        *_eu("B", ink=_RED, rim=_RED, seals=2, weight=0.5),
        replace(_OLD, ink=_RED, rim=_RED),
    ),
    "eu-se": (*_eu("S"), *_eu("S", seals=1, weight=0.6), _OLD),
    "eu-dk": (*_eu("DK", rim=_RED, two_rows=0.25, cut="even"), replace(_OLD, rim=_RED, cut="even")),
    "eu-no": _eu("N", stars=False),
    "eu-fi": (*_eu("FIN"), _OLD),
    "eu-hu": (*_eu("H", two_rows=0.2), *_eu("H", seals=1), _OLD),
    "eu-si": _eu("SLO", seals=1, rim=(60, 120, 40)),
    "eu-hr": _eu("HR", seals=1, band_share=0.6),
    "eu-ro": _eu("RO", two_rows=0.2),
    "eu-bg": _eu("BG"),
    "eu-pt": _eu("P", right_band="yellow"),
    "eu-ie": _eu("IRL", heading="", faces=_DIN),
    "eu-lu": _eu("L", ground=_YELLOW),
    "eu-lt": (*_eu("LT", seals=2), *_eu("LT")),
    "eu-lv": _eu("LV"),
    "eu-ee": _eu("EST"),
    "eu-gr": _eu("GR"),
    "eu-mt": _eu("M", faces=_FE, slit=True),
    "eu-cy": _eu("CY", faces=_FE, slit=True),
    "eu-is": _eu("IS", stars=False, seals=1, two_rows=0.3),
    "eu-by": _eu("BY", stars=False),
    "eu-tr": _eu("TR", stars=False, two_rows=0.2),
    "ch": (WorldLook("swiss", two_rows=0.5, seals=3, rim=None),),
    "ua": _eu("UA", stars=False),
    "rs": _eu("SRB", stars=False, seals=1),
    "uk": (
        WorldLook(
            "uk rear", ground=_YELLOW, rim=None, faces=_UK, two_rows=0.2, band="GB", band_share=0.35
        ),
        WorldLook("uk front", rim=None, faces=_UK, two_rows=0.1, band="GB", band_share=0.35),
        WorldLook("uk black", ground=_BLACK, ink=(210, 210, 210), rim=(200, 200, 200), weight=0.1),
    ),
    "br": (
        replace(_GREY_OLD, two_rows=0.12, weight=1.6),
        # under infrared the ground is darker than the letters, and little stands out
        replace(
            _GREY_OLD, style="infrared", ground=(118, 118, 118), ink=(192, 192, 192),
            rim=(150, 150, 150), two_rows=0.05, weight=1.4, strength=(0.6, 1.3),
        ),
        replace(
            _GREY_OLD, style="red", ground=(50, 40, 160), ink=_LIGHT, rim=(110, 100, 180),
            two_rows=0.1, weight=0.6,
        ),
        WorldLook(
            "mercosur", heading="BRASIL", heading_height=0.24, heading_band=(150, 60, 10),
            tall=True, two_rows=0.2, rim=(40, 40, 40), faces=_FE, slit=True, weight=1.3,
            shape="AAA0A00",
        ),
    ),
    "in": (
        WorldLook(
            "private", band="IND", band_share=0.3, stars=False, two_rows=0.22, faces=_ANY,
            cut="even", size=(0.6, 0.95), shrunk=0.3, wild=0.3, weight=2.0,
        ),
        WorldLook(
            "security", band="IND", band_share=1.0, stars=False, two_rows=0.2, cut="even",
            size=(0.75, 0.95), weight=0.8,
        ),
        WorldLook(
            "cab", ground=_YELLOW, two_rows=0.35, weight=0.4, faces=_ANY, cut="even",
            size=(0.6, 0.95), wild=0.3, shrunk=0.2,
        ),
        WorldLook(
            "black", _BLACK, (40, 200, 240), None, weight=0.08, cut="even", wild=0.3, shrunk=0.2,
        ),
        WorldLook(
            "red", ground=(45, 35, 190), ink=(240, 240, 240), rim=None, weight=0.12, cut="even",
            size=(0.5, 0.9), wild=0.3, shrunk=0.3, two_rows=0.3,
        ),
        WorldLook(
            "green", ground=(70, 130, 40), ink=(240, 240, 240), rim=None, weight=0.08, cut="even",
        ),
    ),
    "ar": (
        WorldLook(
            "black", (215, 215, 215), _LIGHT, (90, 90, 90), heading="ARGENTINA",
            heading_height=0.17, tall=True, two_rows=0.03, panel=_BLACK, shape="AAA000",
            size=(0.7, 0.9), faces=_WIDE,
        ),
        WorldLook(
            "mercosur", heading="REPUBLICA ARGENTINA", heading_height=0.22,
            heading_band=(160, 70, 20), tall=True, two_rows=0.12, faces=_FE, slit=True,
            shape="AA000AA",
        ),
        WorldLook(
            "mercosur infrared", heading="REPUBLICA ARGENTINA", heading_height=0.2, tall=True,
            two_rows=0.05, faces=_FE, slit=True, shape="AA000AA", strength=(0.5, 1.0),
        ),
    ),
    "my": (
        WorldLook(
            "black", _BLACK, (235, 235, 235), None, two_rows=0.15, size=(0.6, 0.9), shrunk=0.15,
            wild=0.3, faces=_WIDE, strength=(0.75, 1.0),
        ),
        WorldLook(
            "rimmed", (38, 36, 36), (235, 235, 235), (200, 200, 200), two_rows=0.2, wild=0.4,
            size=(0.55, 0.85), shrunk=0.15, faces=_WIDE, weight=0.6, strength=(0.7, 1.0),
        ),
        WorldLook("taxi", _WHITE, _BLACK, None, two_rows=0.2, weight=0.12, size=(0.5, 0.9)),
    ),
    "vn": (
        WorldLook("white", two_rows=0.2, size=(0.75, 0.95), strength=(0.5, 1.0)),
        WorldLook("square", two_rows=0.85, size=(0.75, 0.92), weight=0.7, strength=(0.5, 1.0)),
        WorldLook("blue", (150, 80, 20), _LIGHT, _LIGHT, two_rows=0.3, weight=0.12),
        WorldLook("yellow", _YELLOW, two_rows=0.3, weight=0.12),
    ),
    "pk": (
        WorldLook("white", two_rows=0.5, tall=True, wild=0.35, size=(0.6, 0.95), shrunk=0.2),
        WorldLook("green", two_rows=0.4, ground=(225, 245, 230), wild=0.2, size=(0.6, 0.95)),
        WorldLook(
            "black", _BLACK, _LIGHT, _LIGHT, tall=True, two_rows=0.3, weight=0.3, wild=0.35,
            size=(0.6, 0.95),
        ),
    ),
    "il": (WorldLook("yellow", ground=_YELLOW, band="IL", stars=False, two_rows=0.1),),
}  # fmt: skip

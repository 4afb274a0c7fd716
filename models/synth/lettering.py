"""Words that are no plate: dealers, vans, badges, bumper stickers, signs, camera overlays."""

from typing import Final

import numpy as np

from models.synth.glyphs import FANCY_FACES, SERIAL_FACES

TOWNS: Final = (
    "ASHFORD BROOKLYN CEDAR_FALLS DUNMORE ELMWOOD FAIRVIEW GLENDALE HARBOR_CITY INWOOD JAMESTOWN "
    "KINGSTON LAKESIDE MILFORD NORTHGATE OAKDALE PINE_HILL QUINCY RIVERTON SPRINGFIELD TROUT_BAY "
    "UNION_CITY VERNON WESTPORT YARMOUTH"
).split()
_TRADES: Final = (
    "PLUMBING ELECTRIC CLEANING FLORIST BAKERY MOVERS ROOFING GLASS TILES LOCKSMITH CATERING "
    "PAINTING PARCELS LAUNDRY TOWING GARDENS BOOKS PETS AIR_&_HEAT TREE_CARE FRESH_FISH COURIER"
).split()
_MAKES: Final = (
    "NORDAL KITARO MERIDIAN VELA ORION BRAVA TALON PINTO LYNX ATLAS SIERRA COMET RANGER_X FJORD "
    "ALPINA CORSO MISTRAL NOVA PULSAR ZEPHYR"
).split()
_MODELS: Final = (
    "GT 320d 1.6 TDI 2.0T V6 4x4 AWD HYBRID ELECTRIC XLE LX SE SPORT TURBO LIMITED 5.7L EcoDrive "
    "X5 Q7 A4 C200 CX-5 RAV SL500 F-150 2500HD quattro TSI S-LINE PLUG-IN e-TECH"
).split()
_SLOGANS: Final = (
    "MY OTHER CAR IS A BIKE|I BRAKE FOR CATS|HONK IF YOU LOVE JAZZ|COEXIST|BABY ON BOARD|"
    "VOTE SMITH|LOCAL 401|26.2|13.1|SURF MORE|PROUD PARENT|KEEP RIGHT|WAG MORE|OBX|MV|"
    "STUDENT DRIVER|CAUTION WIDE TURNS|HOW IS MY DRIVING?|NO FUEL STORED|CLEAN ME"
).split("|")
_SIGNS: Final = (
    "STOP|YIELD|ONE WAY|NO PARKING|SPEED LIMIT 25|SPEED LIMIT 35|EXIT 14A|EXIT 9|ROUTE 7|US 1|"
    "I-95 NORTH|MAIN ST|OAK AVE|ELM ST|2ND AVE|W 44 ST|SCHOOL|BUS LANE|TOLL 2|P 300|50|30|70|80|"
    "DETOUR|ROAD WORK|KEEP LEFT|5 MPH|OPEN 24H|PIZZA|CAFE|BANK|GAS 3.59|SALE|FOR RENT|TAXI"
).split("|")


def _pick(rng: np.random.Generator, words: list[str] | tuple[str, ...]) -> str:
    return str(words[int(rng.integers(len(words)))]).replace("_", " ")


def phone(rng: np.random.Generator) -> str:
    """Return a made-up telephone number in one of several ways of writing."""
    a, b, c = (int(rng.integers(low, high)) for low, high in ((200, 999), (100, 999), (0, 9999)))
    ways = (f"{a}-{b}-{c:04d}", f"({a}) {b}-{c:04d}", f"{a}.{b}.{c:04d}", f"0{a} {b}{c:04d}")
    return _pick(rng, ways)


def dealer(rng: np.random.Generator) -> tuple[str, str]:
    """Return what stands on a licence-plate frame, and its font."""
    make, town = _pick(rng, _MAKES), _pick(rng, TOWNS)
    texts = (
        f"{make} OF {town}",
        f"{town} {make}",
        f"www.{make}{town}.com".replace(" ", "").lower(),
    )
    text = phone(rng) if rng.random() < 0.25 else _pick(rng, texts)
    return text, _pick(rng, FANCY_FACES)


def badge(rng: np.random.Generator) -> tuple[str, str]:
    """Return a make or model name, and its font."""
    return _pick(rng, _MAKES if rng.random() < 0.4 else _MODELS), _pick(rng, FANCY_FACES)


def van_sign(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return the lines on the back of a van, each with its font; often ends with a telephone."""
    role = _pick(rng, FANCY_FACES)
    lines = [(f"{_pick(rng, TOWNS).title()}", role), (_pick(rng, _TRADES), role)]
    if rng.random() < 0.8:
        lines.append((phone(rng), _pick(rng, SERIAL_FACES)))
    if rng.random() < 0.3:
        lines.append((f"LIC {int(rng.integers(10**5, 10**6))}", "narrow-500"))
    return lines


def bumper_sticker(rng: np.random.Generator) -> tuple[str, str]:
    """Return a bumper sticker's words, and its font."""
    return _pick(rng, _SLOGANS), _pick(rng, FANCY_FACES)


def road_sign(rng: np.random.Generator) -> tuple[str, str]:
    """Return what a sign or a shop front says, and its font."""
    return _pick(rng, _SIGNS), _pick(rng, SERIAL_FACES + FANCY_FACES)


def fleet_number(rng: np.random.Generator) -> str:
    """Return a fleet or unit number as lorries and taxis carry it: close to a serial, but none."""
    kinds = (
        f"USDOT {int(rng.integers(10**5, 10**7))}",
        f"UNIT {int(rng.integers(10, 999))}",
        f"{int(rng.integers(1000, 9999))}",
        f"T-{int(rng.integers(100, 9999))}",
        f"MC {int(rng.integers(10**5, 10**6))}",
    )
    return _pick(rng, kinds)


def camera_line(rng: np.random.Generator, seconds: float = 0.0) -> str:
    """Return a camera's time stamp or name as it is burnt into the picture."""
    whole = int(seconds) + int(rng.integers(0, 86400))
    clock = f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    year, month, date = (int(rng.integers(a, b)) for a, b in ((2018, 2030), (1, 13), (1, 29)))
    day = f"{year}-{month:02d}-{date:02d}"
    texts = (
        f"{day} {clock}",
        f"CAM{int(rng.integers(1, 40)):02d} {day} {clock}",
        f"{_pick(rng, TOWNS)} {clock}",
        f"IPC-{int(rng.integers(100, 999))} {clock} 25FPS",
        f"{int(rng.integers(10, 90))} km/h  {clock}",
    )
    return _pick(rng, texts)

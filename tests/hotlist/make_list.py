"""Hotlists for tests and measurements, the same for the same seed."""

import random
from pathlib import Path

HEADER = (
    "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,"
    "entered,expires"
)
_STATES = ("us-ct", "us-ny", "us-ma", "us-nj", "us-ri", "us-pa")
_CATEGORIES = ("stolen_vehicle",) * 6 + ("wanted_person", "missing_person", "other")
_MAKES = ("Ford", "Toyota", "Honda", "Nissan", "Chevrolet", "Jeep", "")
_COLOURS = ("white", "black", "grey", "red", "blue", "")
_TYPES = ("car", "pick-up", "van", "motorcycle")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def plate(choose: random.Random) -> str:
    """Return a plate in one of three US forms."""
    letters = "".join(choose.choices(_LETTERS, k=3))
    digits = "".join(choose.choices("0123456789", k=5))
    form = choose.randrange(3)
    return (letters + digits[:4], letters[:2] + digits, letters + digits[:3])[form]


def partial_plate(choose: random.Random) -> str:
    """Return a plate of which up to three characters, or the end, are not known."""
    signs = list(plate(choose))
    if choose.random() < 0.3:
        return "".join([*signs[: choose.randint(3, 5)], "*"])
    for place in choose.sample(range(len(signs)), choose.randint(1, 3)):
        signs[place] = "?"
    return "".join(signs)


def write_list(path: Path, entries: int, seed: int = 1, partial: int = 0) -> Path:
    """Write a list of *entries* lines to *path*, all entered in 2025, expiring in 2027 or 2028.

    The first *partial* of them are partial plates.
    """
    choose = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("# issued: 2026-01-01T05:00:00Z\n" + HEADER + "\n")
        for number in range(entries):
            day = f"{choose.randint(1, 12):02d}-{choose.randint(1, 28):02d}"
            listed = partial_plate(choose) if number < partial else plate(choose)
            file.write(
                f"E{number:07d},{listed},{choose.choice(_STATES)},"
                f"{choose.choice(_CATEGORIES)},{choose.choice(_MAKES)},,{choose.choice(_COLOURS)},"
                f"{choose.choice(_TYPES)},,case {choose.randint(10000, 99999)},State Police,"
                f"2025-{day},{choose.randint(2027, 2028)}-{day}T05:00:00Z\n"
            )
    return path

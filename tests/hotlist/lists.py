"""Small hotlists and sightings made by hand."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.config.hotlist import HotlistSection
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.plates import alphabet
from edge.records import Sighting
from tests.fakes import START
from tests.tracking.reads import read_of, slots_of

COLUMNS = {
    "entry_id": "E1",
    "plate": "ABC1234",
    "jurisdiction": "us-ny",
    "category": "stolen_vehicle",
    "make": "Ford",
    "model": "F-150",
    "colour": "white",
    "type": "pick-up",
    "caution": "",
    "reason": "stolen 2025-12-30",
    "owner": "State Police",
    "entered": "2025-12-30",
    "expires": "2026-12-30T05:00:00Z",
}
ISSUED = "# issued: 2026-01-01T05:00:00Z\n"


def section(**changes: object) -> HotlistSection:
    """Return the default section with changes."""
    return load([]).settings.hotlist.model_copy(update=changes)


def write(path: Path, *rows: dict[str, str], head: str = ISSUED) -> Path:
    """Write a list of rows, each with only what differs from :data:`COLUMNS`."""
    lines = [",".join(COLUMNS)]
    for number, row in enumerate(rows, start=1):
        lines.append(",".join({**COLUMNS, "entry_id": f"E{number}", **row}.values()))
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def listed(folder: Path, *rows: dict[str, str]) -> Hotlist:
    """Return a loaded list of rows."""
    return load_csv(write(folder / "town.csv", *rows), 1000)


def sighting_of(seen: str | NDArray[np.float32], sure: float = 0.99, **changes: object) -> Sighting:
    """Return a sighting of a text, or of slots."""
    slots = slots_of(seen, sure) if isinstance(seen, str) else seen
    text = alphabet.decode(slots)
    values: dict[str, object] = {
        "track": 1,
        "slots": slots,
        "text": text,
        "raw_text": text,
        "confidence": alphabet.confidence(slots),
        "reads": 3,
        "first_seen": START,
        "last_seen": START.later(0.2),
        "last_detected": START.later(0.21),
        "fused": START.later(0.22),
        "best": read_of(text),
    }
    return Sighting(**{**values, **changes})  # type: ignore[arg-type]


def contested(
    text: str, position: int, first: str, p: float, second: str, q: float
) -> NDArray[np.float32]:
    """Return sure slots of *text* in which one position (from 1) has two characters."""
    slots = slots_of(text, 0.999)
    slots[position - 1, :] = (1.0 - p - q) / (alphabet.CLASSES - 2)
    for character, share in ((first, p), (second, q)):
        number = alphabet.CHARACTERS.index(character) if character else alphabet.BLANK
        slots[position - 1, number] = share
    return slots

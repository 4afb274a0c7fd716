"""Invented agencies' files for the packed example maps."""

from datetime import UTC, datetime
from pathlib import Path

from edge.config.packed import packed
from edge.hotlist.csvfile import load_csv
from edge.hotlist.importing import Imported, import_list, load_mapping
from edge.records import Entry

MAPS = packed("configs") / "hotlist-maps"
ISSUED = datetime(2026, 1, 1, 5, tzinfo=UTC)

CITY = """\
Case No,Status,Type,Plates,State,Make,Model,Color,Caution,Date,Time
26-0001,OPEN,STOLEN VEH,AB-12345;ab 777,CT,Ford,F-150,WHI,,12/30/2025,22:15
26-0002,RECOVERED,STOLEN VEH,KLM5678,NY,Honda,,BLK,,12/29/2025,
26-0003,OPEN,WANTED,"QRS 1234",NY,,,XXX,"armed, dangerous",12/31/2025,
26-0004,OPEN,MISSING,UNK,UNK,Kia,,,,12/31/2025,08:00
26-0005,OPEN,BOLO,7ABC123,UNK,Kia,,,,1/1/2026,
"""

UK = """\
// invented
H|PNC|01/01/2026 05:00:00
A|1001|AB51 DVL|GB|01|FORD|FOCUS|SILVER|stolen 30/12|30/12/25|30/01/26
A|1002|WG#2%|GB|02||||café robbery|31/12/2025|
D|1003|XX11XXX|GB|01||||||
A|1004|123-D-4567|IRL|09||||"gang"|01/06/99|01/01/2027
T|4
"""


def fixed(*parts: str) -> str:
    """Return a record of the national example from its parts, each cut to its place."""
    widths = (3, 10, 10, 2, 10, 2, 4, 3, 2, 1, 20, 9, 8, 5)
    padded = [part.ljust(width)[:width] for part, width in zip(parts, widths, strict=True)]
    return "".join(padded).ljust(100)


NATIONAL = (
    "HDR20260101050000".ljust(100),
    fixed("VEH", "V1", "AB12345", "CT", "999XYZ", "NY", "FORD", "WHI", "PK", "N", "stolen",
          "CT0000000", "20251230", "26364"),
    fixed("REM", "", "a remark", "", "", "", "", "", "", "", "", "", "", ""),
    fixed("WAN", "W1", "NEB 123", "NB", "NONE", "", "", "", "", "Y", "warrant", "NB0000000",
          "20240229", ""),
    "TRL000000005".ljust(100),
)  # fmt: skip


def bring(folder: Path, name: str, content: bytes, **changes: object) -> tuple[Imported, Path]:
    """Import *content* by a packed map; return what came of it and the list."""
    return bring_by(folder, MAPS / f"{name}.toml", content, **changes)


def bring_by(
    folder: Path, map_file: Path, content: bytes, **given: object
) -> tuple[Imported, Path]:
    """Import *content* by any map."""
    sent = folder / "sent"
    sent.write_bytes(content)
    out = folder / "list.csv"
    values: dict[str, object] = {"rejects": folder / "rejects.csv", "max_entries": 1000, **given}
    return import_list(load_mapping(map_file), sent, out, **values), out  # type: ignore[arg-type]


def entries(out: Path) -> dict[str, Entry]:
    """Return the entries of a list by their number."""
    hotlist = load_csv(out, 1000)
    return {entry.entry_id: entry for entry in map(hotlist.entry, range(len(hotlist)))}


def changed(folder: Path, name: str, *swaps: tuple[str, str]) -> Path:
    """Return a packed map with texts replaced, each of which must be there."""
    text = (MAPS / f"{name}.toml").read_text("utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return path

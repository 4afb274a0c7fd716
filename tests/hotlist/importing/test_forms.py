"""Encodings, line breaks and fields that go on in the next line."""

from pathlib import Path

import pytest

from edge.errors import HotlistError
from tests.hotlist.importing.files import (
    CITY,
    ISSUED,
    NATIONAL,
    bring_by,
    changed,
    entries,
)

UTF16 = ('encoding = "utf-8"', 'encoding = "utf-16"')
LINES = ("line_breaks = false", "line_breaks = true")
CUT = ("record_length = 100", "record_length = 100\nblanks_cut = true")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\n\x1a"])
def test_encodings(tmp_path: Path, encoding: str, end: str) -> None:
    """The same entries come from each encoding and line break; the end mark of DOS is none."""
    swaps = {"utf-16": [UTF16], "latin-1": [('"utf-8"', '"latin-1"')]}.get(encoding, [])
    sent = CITY.replace("Kia", "Citroën").replace("\n", end[:2].replace("\n\x1a", "\n"))
    sent += end[2:]
    done, out = bring_by(tmp_path, changed(tmp_path, "city-csv", *swaps), sent.encode(encoding),
                         issued=ISSUED)  # fmt: skip
    assert done.rejected == 0
    assert entries(out)["26-0005"].vehicle.make == "Citroën"


def test_utf16_without_its_mark(tmp_path: Path) -> None:
    """Which byte comes first is not guessed; a lost byte is an error, not nonsense."""
    swapped = changed(tmp_path, "city-csv", UTF16)
    with pytest.raises(HotlistError, match="no byte order mark"):
        bring_by(tmp_path, swapped, CITY.encode("utf-16-le"), issued=ISSUED)
    with pytest.raises(HotlistError, match="is not UTF-16 from here on"):
        bring_by(tmp_path, swapped, CITY.encode("utf-16")[:-1], issued=ISSUED)


@pytest.mark.parametrize("end", [b"\x15", b"\x25", b"\x0d\x25"])
def test_ebcdic_lines(tmp_path: Path, end: bytes) -> None:
    """Mainframes end lines in their own ways, and cut the blanks before."""
    content = b"".join(line.rstrip().encode("cp037") + end for line in NATIONAL)
    done, out = bring_by(tmp_path, changed(tmp_path, "ncic-like", LINES, CUT), content)
    assert done.rejected == 0
    assert set(entries(out)) == {"V1", "V1/2", "W1"}


def test_a_short_record_is_rejected(tmp_path: Path) -> None:
    """Where blanks are not cut, a short record may have lost its end, and is no default's case."""
    lenient = ("rejects_share = 0.001", "rejects_share = 1.0")
    lines = [NATIONAL[0], NATIONAL[1][:60], *NATIONAL[2:]]
    content = b"".join(line.encode("cp037") + b"\x25" for line in lines)
    done, out = bring_by(tmp_path, changed(tmp_path, "ncic-like", LINES, lenient), content)
    assert '2,,"has 60 characters, a record has 100"' in done.rejects.read_text("utf-8")
    assert set(entries(out)) == {"W1"}


def test_quoted_breaks(tmp_path: Path) -> None:
    """A field over two lines is one, where the map says so; a quote left open does not eat all."""
    allow = ('delimiter = ","', 'delimiter = ","\nbreaks_in_quotes = true')
    share = ("rejects_share = 0.05", "rejects_share = 1.0")
    many = ("rejects = 20", "rejects = 200")
    swapped = changed(tmp_path, "city-csv", allow, share, many)
    row = '26-0009,OPEN,WANTED,AB1,CT,"Ford ""F""",{model},,,12/31/2025,\n'
    sent = CITY + row.format(model='"F-150"') + row.format(model='"F\n150"').replace("09,", "10,")
    done, out = bring_by(tmp_path, swapped, sent.encode(), issued=ISSUED)
    assert entries(out)["26-0009"].vehicle.make == 'Ford "F"'
    assert "8,model,has a line break" in done.rejects.read_text("utf-8")
    good = "".join(f"27-{n:04d},OPEN,WANTED,K{n},CT,,,,,12/31/2025,\n" for n in range(300))
    sent = CITY + '26-0009,OPEN,WANTED,AB1,CT,"Ford,,,,12/31/2025,\n' + good
    done, out = bring_by(tmp_path, swapped, sent.encode(), issued=ISSUED)
    assert done.rejected == 100
    assert "27-0299" in entries(out)

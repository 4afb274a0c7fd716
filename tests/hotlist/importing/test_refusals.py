"""What refuses a file or a record: nothing is guessed, and the old list stays."""

import stat
from pathlib import Path

import pytest

from edge.errors import HotlistError
from tests.hotlist.importing.files import (
    CITY,
    ISSUED,
    NATIONAL,
    UK,
    bring,
    bring_by,
    changed,
    entries,
)

ROW = "26-0009,OPEN,WANTED,{plate},CT,,,,,{date},\n"


def city_with(plate: str = "AB12345", date: str = "12/31/2025") -> bytes:
    return (CITY + ROW.format(plate=plate, date=date)).encode()


def lenient(folder: Path, *swaps: tuple[str, str], name: str = "city-csv") -> Path:
    old = {"city-csv": "0.05", "ncic-like": "0.001", "uk-like": "0.01"}[name]
    return changed(folder, name, (f"rejects_share = {old}", "rejects_share = 1.0"), *swaps)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"plate": "SECRET/9"}, "plate", "character 7 is not one of 0-9 A-Z"),
        ({"plate": "ABCDEFGH1234"}, "plate", "has 12 characters"),
        ({"plate": "SECRE?9"}, "plate", "has a wildcard"),
        ({"date": "31/12/2025"}, "entered", "is no date as %m/%d/%Y"),
        ({"date": ""}, "entered", "is empty"),
    ],
)
def test_a_bad_record_goes_to_the_rejects(
    tmp_path: Path, row: dict[str, str], column: str, words: str
) -> None:
    """Line, column and reason are told, the record itself is not unless it is asked for."""
    done, out = bring_by(tmp_path, lenient(tmp_path), city_with(**row), issued=ISSUED)
    assert done.rejected == 1
    assert "26-0009" not in entries(out)
    told = done.rejects.read_text("utf-8").splitlines()
    assert told[0] == "line,column,reason"
    assert told[1].startswith(f"7,{column},")
    assert words in told[1]
    assert not any("SECRE" in line or "26-0009" in line for line in told)
    assert stat.S_IMODE(done.rejects.stat().st_mode) == 0o600
    bring_by(tmp_path, lenient(tmp_path), city_with(**row), issued=ISSUED, keep_rows=True)
    assert "26-0009" in done.rejects.read_text("utf-8")


def test_too_many_rejects_leave_the_old_list(tmp_path: Path) -> None:
    """One over the limit refuses all; the list in force keeps its bytes, the rejects are told."""
    _, out = bring(tmp_path, "city-csv", CITY.encode(), issued=ISSUED)
    before = out.read_bytes()
    rows = "".join(ROW.format(plate="A/1", date="12/31/2025") for _ in range(21))
    good = "".join(f"27-{n:04d},OPEN,WANTED,K{n},CT,,,,,12/31/2025,\n" for n in range(900))
    with pytest.raises(HotlistError, match=r"refused whole: 21 of 924 .* allows 20 and 5.00%"):
        bring(tmp_path, "city-csv", (CITY + good + rows).encode(), issued=ISSUED)
    assert out.read_bytes() == before
    assert len((tmp_path / "rejects.csv").read_text("utf-8").splitlines()) == 22
    done, _ = bring(tmp_path, "city-csv", (CITY + good + rows[: len(rows) // 21 * 20]).encode(),
                    issued=ISSUED)  # fmt: skip
    assert done.rejected == 20
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_share_of_rejects_refuses(tmp_path: Path) -> None:
    """Few rejects of few records are too many as well."""
    with pytest.raises(HotlistError, match=r"1 of 4 records rejected \(25.00%\)"):
        bring(tmp_path, "city-csv", city_with("A/1"), issued=ISSUED)
    assert not (tmp_path / "list.csv").exists()


def test_the_same_number_twice(tmp_path: Path) -> None:
    """The second record with a number is rejected, its line and that of the first told."""
    twice = (CITY + "26-0003,OPEN,WANTED,XY1,CT,,,,,12/31/2025,\n").encode()
    done, out = bring_by(tmp_path, lenient(tmp_path), twice, issued=ISSUED)
    assert "7,entry_id,stands on line 4 already" in done.rejects.read_text("utf-8")
    assert entries(out)["26-0003"].plate == "QRS1234"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((*NATIONAL[:2], *NATIONAL[3:]), "says 5 records, there are 4"),
        (NATIONAL[:-1], "no trailer record: it was cut off"),
        (NATIONAL[1:], "no header record"),
        ((*NATIONAL, NATIONAL[1]), "stands after the trailer"),
        ((NATIONAL[0].replace("20260101", "20261301"), *NATIONAL[1:]), "issued: .* is no date"),
        ((*NATIONAL[:-1], "TRLabout 500".ljust(100)), "is no number of records"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(
    tmp_path: Path, lines: tuple[str, ...], words: str
) -> None:
    """Counts, header and trailer hold, or nothing of the file is taken."""
    with pytest.raises(HotlistError, match=words):
        bring(tmp_path, "ncic-like", "".join(lines).encode("cp037"))
    assert not (tmp_path / "list.csv").exists()


def test_a_cut_block_is_rejected(tmp_path: Path) -> None:
    """A national file that lost a byte is not read on, shifted by one, as if it were whole."""
    content = "".join(NATIONAL).encode("cp037")
    with pytest.raises(HotlistError, match=r"cut off|rejected"):
        bring(tmp_path, "ncic-like", content[:250] + content[251:])


def test_code_unknown_to_the_map(tmp_path: Path) -> None:
    """A category that the map does not know rejects the record: it is not taken for another."""
    sent = UK.replace("|IRL|09|", "|IRL|44|").encode("cp1252")
    done, out = bring_by(tmp_path, lenient(tmp_path, name="uk-like"), sent)
    assert "category,is a code that the map does not know" in done.rejects.read_text("utf-8")
    assert "1004" not in entries(out)


def test_a_date_that_can_be_read_in_two_ways(tmp_path: Path) -> None:
    """Where a map allows both orders, 3/4 is refused and 31/12 is not."""
    swap = ('formats = ["%m/%d/%Y %H:%M", "%m/%d/%Y"]', 'formats = ["%m/%d/%Y", "%d/%m/%Y"]')
    skip = ('equals = ["RECOVERED", "CANCELLED"]', 'equals = ["RECOVERED", "CANCELLED", "OPEN"]')
    row = "26-0009,NEW,WANTED,AB{n},CT,,,,,{date},\n"
    sent = CITY + row.format(n=1, date="03/04/2025")
    with pytest.raises(HotlistError, match="1 of 1 records rejected"):
        bring_by(tmp_path, changed(tmp_path, "city-csv", swap, skip), sent.encode(), issued=ISSUED)
    sent += row.format(n=2, date="12/31/2025").replace("0009", "0010")
    done, out = bring_by(tmp_path, lenient(tmp_path, swap, skip), sent.encode(), issued=ISSUED)
    assert set(entries(out)) == {"26-0010"}
    assert "can be read in two ways" in done.rejects.read_text("utf-8")


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    """A file whose headings changed is refused and the missing column named."""
    sent = CITY.replace("Plates", "License").encode()
    with pytest.raises(HotlistError, match=r"no column 'Plates'; there are: case no, "):
        bring(tmp_path, "city-csv", sent, issued=ISSUED)
    with pytest.raises(HotlistError, match="the same name: state"):
        bring(tmp_path, "city-csv", CITY.replace("Plates", "State").encode(), issued=ISSUED)


def test_broken_quotes_and_bytes(tmp_path: Path) -> None:
    """A quote that is not closed and a byte of another encoding cost one line each, no more."""
    sent = CITY.encode() + b'26-0007,OPEN,WANTED,"AB1,CT,,,,,12/31/2025,\n'
    sent += b"26-0008,OPEN,WANTED,AB2,CT,caf\xe9,,,,12/31/2025,\n"
    sent += b"26-0009,OPEN,WANTED,AB3,CT,,,,,12/31/2025,\n"
    done, out = bring_by(tmp_path, lenient(tmp_path), sent, issued=ISSUED)
    assert done.rejected == 2
    assert "26-0009" in entries(out)
    told = done.rejects.read_text("utf-8")
    assert "7,,cannot be cut into fields" in told
    assert "8,,is not utf-8 (byte 31 of the line)" in told


def test_an_empty_file_does_not_replace_a_list(tmp_path: Path) -> None:
    """No records at all is a fault of the way, not an empty list."""
    head = CITY.splitlines()[0] + "\n"
    with pytest.raises(HotlistError, match="has 0 records"):
        bring(tmp_path, "city-csv", head.encode(), issued=ISSUED)
    with pytest.raises(HotlistError, match="no line with the names"):
        bring(tmp_path, "city-csv", b"", issued=ISSUED)


def test_too_long(tmp_path: Path) -> None:
    """More entries than units take is refused here already; so is a line without an end."""
    with pytest.raises(HotlistError, match="more than 2 entries"):
        bring(tmp_path, "city-csv", CITY.encode(), issued=ISSUED, max_entries=2)
    with pytest.raises(HotlistError, match="65536 bytes"):
        bring(tmp_path, "city-csv", b"x" * 70_000, issued=ISSUED)


def test_no_file_and_no_folder(tmp_path: Path) -> None:
    """What cannot be read or written is named."""
    with pytest.raises(HotlistError, match=r"list.csv: cannot be written|rejects.csv: cannot be"):
        bring(tmp_path, "city-csv", b"", rejects=tmp_path / "none" / "rejects.csv")

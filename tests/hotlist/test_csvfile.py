"""A CSV list is loaded whole, or refused whole with reasons."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import HotlistError
from edge.hotlist.csvfile import load_csv
from edge.records import Category
from tests.hotlist.lists import COLUMNS, ISSUED, write
from tests.hotlist.make_list import write_list


def refusal(path: Path, most: int = 1000) -> str:
    with pytest.raises(HotlistError) as caught:
        load_csv(path, most)
    return str(caught.value)


def test_entry(tmp_path: Path) -> None:
    """Every column comes back as it was written, the plate normalised, dates in UTC."""
    row = {"plate": "abc 12-34", "caution": "armed", "entered": "2025-12-30T01:00:00+02:00"}
    hotlist = load_csv(write(tmp_path / "town.csv", row), 10)
    (entry,) = hotlist.entries("ABC1234")
    assert (entry.entry_id, entry.plate, entry.jurisdiction) == ("E1", "ABC1234", "us-ny")
    assert entry.category is Category.STOLEN_VEHICLE
    assert (entry.vehicle.make, entry.vehicle.model) == ("Ford", "F-150")
    assert (entry.vehicle.colour, entry.vehicle.type) == ("white", "pick-up")
    assert (entry.caution, entry.reason) == ("armed", "stolen 2025-12-30")
    assert entry.owner == "State Police"
    assert entry.entered == datetime(2025, 12, 29, 23, tzinfo=UTC)
    assert entry.expires == datetime(2026, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("plate", ["AB?12", "ABC*", "*ABC", "A?C?5*78", "ABC???????", "?*ABC"])
def test_partial_plate(tmp_path: Path, plate: str) -> None:
    """A plate with wildcards stays as it is, and says so."""
    hotlist = load_csv(write(tmp_path / "town.csv", {"plate": plate}, {}), 10)
    (entry,) = hotlist.entries(plate)
    assert (entry.plate, entry.partial) == (plate, True)
    assert [hotlist.plate(row) for row in range(2)] == ["ABC1234", plate]
    assert not hotlist.entries("ABC1234")[0].partial


def test_version(tmp_path: Path) -> None:
    """The version is the name and the digest of all bytes; the date is the one in the list."""
    path = write(tmp_path / "town.csv", {})
    version = load_csv(path, 10).version
    assert version.version.startswith("town-")
    assert len(version.version) == len("town-") + 12
    assert version.issued == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert version.entries == 1
    path.write_bytes(path.read_bytes() + b"\n")
    assert load_csv(path, 10).version.version != version.version


def test_issued_by_file(tmp_path: Path) -> None:
    """A list that does not say when it was made has its file's date."""
    path = write(tmp_path / "town.csv", {}, head="")
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    assert load_csv(path, 10).version.issued == modified


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_editor(tmp_path: Path, mark: str, end: str) -> None:
    """Byte order mark, line ends, blank lines, column order and missing columns do not matter."""
    path = tmp_path / "town.csv"
    lines = ["expires,Plate,entry_id,category,entered", "", '2027-01-01,"AB 12",7,other,2026-01-01']
    path.write_bytes((mark + ISSUED + end.join(lines) + end).encode())
    (entry,) = load_csv(path, 10).entries("AB12")
    assert (entry.entry_id, entry.jurisdiction, entry.owner, entry.vehicle.make) == (
        "7",
        "",
        "",
        "",
    )


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"plate": "A*1"}, "plate", "2 known characters"),
        ({"plate": "AB*1*2"}, "plate", "2 wildcards '*'"),
        ({"plate": "ABCDEFGH?*1"}, "plate", "11 characters and wildcards"),
        ({"plate": "AB%12"}, "plate", "wildcard of another kind"),
        ({"plate": "AB\u042512"}, "plate", "not 0-9 A-Z"),
        ({"plate": " - "}, "plate", "is empty"),
        ({"plate": "ABCDEFGHIJK"}, "plate", "11 characters"),
        ({"entry_id": " "}, "entry_id", "is empty"),
        ({"entry_id": "x" * 65}, "entry_id", "65 characters"),
        ({"category": "stolen"}, "category", "stolen_vehicle, wanted_person"),
        ({"jurisdiction": "Connecticut"}, "jurisdiction", "us-ct"),
        ({"entered": "30/12/2025"}, "entered", "2026-01-31"),
        ({"expires": "soon"}, "expires", "no date"),
        ({"expires": "2025-12-30"}, "expires", "not after 'entered'"),
        ({"reason": '"two\nlines"'}, "reason", "line break"),
        ({"owner": "a\x1fb"}, "owner", "control character"),
        ({"reason": "x" * 501}, "reason", "501 characters"),
    ],
)
def test_refused(tmp_path: Path, row: dict[str, str], column: str, words: str) -> None:
    """A wrong field refuses the list, naming file, line, column and the mend."""
    path = write(tmp_path / "town.csv", {}, row)
    text = refusal(path)
    assert f"{path}:4:{column}: " in text
    assert words in text
    assert "refused whole, 1 problem" in text


def test_header(tmp_path: Path) -> None:
    """Unknown, doubled and missing columns are named."""
    path = tmp_path / "town.csv"
    path.write_text("entry_id,plate,plate,color,category,entered\n", encoding="utf-8")
    text = refusal(path)
    assert f"{path}:1:color: is no known column" in text
    assert f"{path}:1:plate: stands there twice" in text
    assert f"{path}:1:expires: is missing" in text


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# issued: 2026-01-01\n"])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    """A file without a header is no list; an emptied file does not take the list away."""
    path = tmp_path / "town.csv"
    path.write_bytes(content)
    assert "entry_id: is missing" in refusal(path)


def test_header_only(tmp_path: Path) -> None:
    """A list without entries is a list."""
    hotlist = load_csv(write(tmp_path / "town.csv"), 10)
    assert len(hotlist) == 0
    assert hotlist.entries("ABC1234") == ()


def test_same_id(tmp_path: Path) -> None:
    """An entry id that stands twice is refused with both lines."""
    path = write(tmp_path / "town.csv", {}, {"entry_id": "E9"}, {}, {"entry_id": "E9"})
    assert f"{path}:6:entry_id: 'E9' stands on line 4 already" in refusal(path)


def test_first_twenty(tmp_path: Path) -> None:
    """Of many problems the first twenty are told, and how many there are."""
    text = refusal(write(tmp_path / "town.csv", *[{"plate": "?"}] * 30))
    assert "refused whole, 30 problems" in text
    assert text.endswith("... and 10 more")
    assert len(text.splitlines()) == 22


def test_fields(tmp_path: Path) -> None:
    """A line with a comma too many is refused, not shifted."""
    path = write(tmp_path / "town.csv", {"reason": "one, two"})
    assert f"{path}:3: has 14 fields, the header has 13" in refusal(path)


def test_quotes(tmp_path: Path) -> None:
    """A quote that is never closed is a problem, not the rest of the list."""
    path = write(tmp_path / "town.csv", {"reason": '"open'}, {})
    assert "is not CSV" in refusal(path)


def test_not_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and files that are no text, are refused with the line."""
    path = write(tmp_path / "town.csv", {})
    path.write_bytes(path.read_bytes() + "E2,Ä".encode("latin-1"))
    assert f"{path}:4: is not UTF-8" in refusal(path)
    path.write_bytes(b"x" * 70_000)
    assert "is this CSV?" in refusal(path)


def test_too_many(tmp_path: Path) -> None:
    """A list longer than allowed is refused."""
    assert "more than 2 entries" in refusal(write(tmp_path / "town.csv", {}, {}, {}), most=2)


def test_missing(tmp_path: Path) -> None:
    """A file that cannot be read says so."""
    assert "cannot be read: No such file" in refusal(tmp_path / "none.csv")


def test_bad_issued(tmp_path: Path) -> None:
    """A date of issue that is none refuses the list rather than guessing its age."""
    path = write(tmp_path / "town.csv", {}, head="# issued: yesterday\n")
    assert f"{path}:1:issued: " in refusal(path)


def test_all_rows(tmp_path: Path) -> None:
    """A longer list comes back complete, every entry under its plate and with its line."""
    hotlist = load_csv(write_list(tmp_path / "town.csv", 2000, seed=3), 5000)
    ids = {hotlist.entry(row).entry_id for row in range(len(hotlist))}
    assert ids == {f"E{number:07d}" for number in range(2000)}
    for row in range(len(hotlist)):
        entry = hotlist.entry(row)
        assert entry in hotlist.entries(entry.plate)
        assert int(entry.entry_id[1:]) + 3 == hotlist.lines[row]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 50))
def test_any_bytes(tmp_path: Path, junk: bytes, at: int, cut: int) -> None:
    """Whatever bytes are put into a list, it loads or is refused; nothing else happens."""
    path = write(tmp_path / "town.csv", {}, {"plate": "XY12"})
    good = path.read_bytes()
    path.write_bytes(good[:at] + junk + good[at + cut :])
    try:
        loaded = len(load_csv(path, 1000))
    except HotlistError:
        loaded = -1
    assert -1 <= loaded <= 2 + junk.count(b"\n")


def test_columns_of_the_format() -> None:
    """The helper writes all columns of the format, so that the tests above cover them."""
    from edge.hotlist.index import Row  # noqa: PLC0415 - named here only

    assert tuple(COLUMNS) == Row._fields

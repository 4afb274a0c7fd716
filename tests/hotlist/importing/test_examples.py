"""The packed example maps, each on a small invented file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.cli import main
from edge.hotlist.importing import load_mapping
from edge.records import Category
from tests.hotlist.importing.files import CITY, ISSUED, MAPS, NATIONAL, UK, bring, entries


@pytest.mark.parametrize("file", sorted(MAPS.glob("*.toml")), ids=lambda file: file.stem)
def test_each_example_is_sound(file: Path) -> None:
    """Every packed map keeps the form that code expects."""
    assert load_mapping(file).name


def test_city(tmp_path: Path) -> None:
    """Headings, several plates in a column, codes, local time, ends by category, skipped states."""
    done, out = bring(tmp_path, "city-csv", CITY.encode(), issued=ISSUED)
    assert (done.records, done.skipped, done.entries, done.rejected) == (3, 2, 4, 0)
    found = entries(out)
    assert set(found) == {"26-0001", "26-0001/2", "26-0003", "26-0005"}
    first, second = found["26-0001"], found["26-0001/2"]
    assert (first.plate, second.plate) == ("AB12345", "AB777")
    assert first.jurisdiction == second.jurisdiction == "us-ct"
    assert first.entered == datetime(2025, 12, 31, 3, 15, tzinfo=UTC)
    assert (first.expires - first.entered).days == 365
    assert first.vehicle.colour == "white"
    assert first.reason == "STOLEN VEH, case 26-0001"
    wanted = found["26-0003"]
    assert wanted.category is Category.WANTED_PERSON
    assert wanted.caution == "armed, dangerous"
    assert wanted.vehicle.colour == ""
    assert (wanted.expires - wanted.entered).days == 90
    assert found["26-0005"].jurisdiction == ""
    assert found["26-0005"].category is Category.OTHER


def test_national(tmp_path: Path) -> None:
    """EBCDIC blocks, record types, pairs of plate and state, days of the year, counts of all."""
    done, out = bring(tmp_path, "ncic-like", "".join(NATIONAL).encode("cp037"))
    assert done.issued == ISSUED
    assert (done.records, done.skipped, done.entries) == (2, 1, 3)
    found = entries(out)
    assert (found["V1"].plate, found["V1"].jurisdiction) == ("AB12345", "us-ct")
    assert (found["V1/2"].plate, found["V1/2"].jurisdiction) == ("999XYZ", "us-ny")
    # the last day is 2026-364, New York; dead when the next begins
    assert found["V1"].expires == datetime(2026, 12, 31, 5, tzinfo=UTC)
    assert found["W1"].jurisdiction == "us-ne"
    assert found["W1"].caution
    assert (found["W1"].expires - found["W1"].entered).days == 365


def test_british(tmp_path: Path) -> None:
    """Bars without quotes, years of two digits, wildcards of their own."""
    done, out = bring(tmp_path, "uk-like", UK.encode("cp1252"))
    assert (done.records, done.skipped, done.entries) == (3, 1, 3)
    found = entries(out)
    assert found["1001"].plate == "AB51DVL"
    assert found["1001"].entered == datetime(2025, 12, 30, tzinfo=UTC)
    assert found["1002"].reason == "café robbery"
    assert (found["1002"].expires - found["1002"].entered).days == 28
    assert found["1004"].entered == datetime(1999, 5, 31, 23, tzinfo=UTC)  # summer time
    assert found["1004"].reason == '"gang"'
    assert "1002,WG?2*," in out.read_text("utf-8")


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command imports by a packed map's name and says what came of it."""
    sent, out = tmp_path / "sent.csv", tmp_path / "list.csv"
    sent.write_text(CITY + "26-0006,OPEN,WANTED,A/B1,CT,,,,,12/31/2025,\n", encoding="utf-8")
    words = ["hotlist", "import", "city-csv", str(sent), "--out", str(out)]
    assert main(words) == 2
    assert "--issued" in capsys.readouterr().err
    assert not out.exists()
    assert main([*words, "--issued", "soon"]) == 2
    assert "--issued: 'soon' is no date" in capsys.readouterr().err
    limits = tmp_path / "map.toml"
    text = (MAPS / "city-csv.toml").read_text("utf-8").replace("share = 0.05", "share = 0.5")
    limits.write_text(text, encoding="utf-8")
    words[2] = str(limits)
    assert main([*words, "--issued", "2026-01-01T05:00:00Z"]) == 1
    shown = capsys.readouterr().out
    assert "4 entries, issued 2026-01-01 05:00 UTC; 4 records, 2 skipped, 1 rejected" in shown
    assert "1 x plate: character 2 is not one of 0-9 A-Z" in shown
    assert out.read_text("utf-8").startswith("# issued: 2026-01-01T05:00:00Z\nentry_id,plate,")

"""A sheet of sites: right as a whole, or each wrong cell told by line and column."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ProvisionError
from edge.services.sites import read_sheet
from tests.house.tree import ROOT
from tests.services.cards import HEAD, row

GOOD = row("main-street")

WRONG = {
    "name": (GOOD.replace("main-street", "Main Street"), "2: column 1 (name): string should match"),
    "no name": (GOOD.replace("main-street", ""), "2: column 1 (name): is empty"),
    "role": (GOOD.replace("unit", "archive"), "column 2 (role): is unit or console, not 'archive'"),
    "no place": (GOOD.replace("Main Street 12", ""), "column 3 (place): is empty"),
    "long place": (GOOD.replace("Main Street 12", "x" * 81), "column 3 (place): string should"),
    "tab": (GOOD.replace("Main Street 12", "a\tb"), "column 3 (place): has a line break, a tab"),
    "latitude": (GOOD.replace("41.85", "north"), "column 4 (latitude): 'north' is no number"),
    "comma": (GOOD.replace("41.85", "41,85"), "2: has 13 cells, and the first line has 12"),
    "far north": (GOOD.replace("41.85", "141.85"), "column 4 (latitude): input should be less"),
    "longitude": (GOOD.replace("-72.64", "-272.64"), "column 5 (longitude): input should be"),
    "heading": (GOOD.replace(",90,", ",360,"), "column 6 (heading): input should be less than 360"),
    "jurisdiction": (GOOD.replace(",us-ct,pic", ",CT,pic"), "column 7 (jurisdiction): string"),
    "camera": (GOOD.replace("picamera", "webcam"), "column 8 (camera): input should be 'picamera'"),
    "no camera": (GOOD.replace("picamera,0", "picamera,"), "column 9 (address): is empty"),
    "broker": (GOOD.replace("broker.example", ""), "column 10 (broker): is empty"),
    "receivers": (GOOD.replace("archive", "The Archive"), "column 11 (receivers): string should"),
    "law": (GOOD[: -len("us-ct")] + "us-zz", "column 12 (law): "),
}


def refused(file: Path, text: str) -> str:
    file.write_text(text, "utf-8")
    with pytest.raises(ProvisionError) as error:
        read_sheet(file, "windsor")
    return str(error.value)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_cell_is_told_by_line_and_column(tmp_path: Path, name: str) -> None:
    """Line as an editor counts, column by number and by name, what was expected."""
    line, words = WRONG[name]
    assert words in refused(tmp_path / "sites.csv", f"{HEAD}\n{line}\n")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Three rows, of which two are wrong, one twice over: three sentences."""
    bad = row("Elm").replace("41.85", "north")
    said = refused(tmp_path / "sites.csv", f"{HEAD}\n{bad}\n{GOOD}\n{row('')}\n")
    assert "sites.csv:2: column 4" in said
    assert "sites.csv:4: column 1 (name): is empty" in said
    assert ":3:" not in said


def test_a_name_stands_once(tmp_path: Path) -> None:
    """Two rows of one name would be one unit with two places."""
    said = refused(tmp_path / "sites.csv", f"{HEAD}\n{GOOD}\n\n{GOOD}\n")
    assert "sites.csv:4: column 1 (name): main-street stands in line 2 already" in said


HEADS = {
    "unknown": (f"{HEAD},speed", "column 13: 'speed' is neither a column nor a setting"),
    "twice": (f"{HEAD},name", "column 13: 'name' stands twice"),
    "missing": (HEAD.replace(",law", ""), "column 'law' is missing"),
    "ours": (f"{HEAD},delivery.ca_file", "delivery.ca_file is written by the batch itself"),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_wrong_head_is_told(tmp_path: Path, name: str) -> None:
    """A column that nobody knows would lose what stands in it."""
    head, words = HEADS[name]
    said = refused(tmp_path / "sites.csv", f"{head}\n{GOOD}\n")
    assert words in said
    assert "columns are name, place" in said


def test_what_is_no_sheet_is_told(tmp_path: Path) -> None:
    """Missing, empty, not UTF-8, not CSV, a sheet without a row, a secret that is not there."""
    file = tmp_path / "sites.csv"
    with pytest.raises(ProvisionError, match="cannot be read"):
        read_sheet(file, "windsor")
    assert "has no site" in refused(file, "")
    assert "has no site" in refused(file, f"{HEAD}\n\n")
    assert "is no CSV" in refused(file, f'{HEAD}\n"a"b\n')
    file.write_bytes("Straße".encode("latin-1"))
    with pytest.raises(ProvisionError, match="save it as 'CSV UTF-8'"):
        read_sheet(file, "windsor")
    assert "(secrets): " in refused(file, f"{HEAD},secrets\n{GOOD},no.password\n")


def test_a_setting_may_be_a_column(tmp_path: Path) -> None:
    """Any setting by its name, typed as it is; an empty cell is the default."""
    file = tmp_path / "sites.csv"
    head = f"{HEAD},source.fps,delivery.port,hotlist.over_mqtt,categories.other.siren,zones.ignore"
    zone = '"[[[0.0,0.0],[1.0,0.0],[1.0,0.5]]]"'
    file.write_text(f"{head}\n{GOOD},10,1883,true,true,{zone}\n{row('b')},,,,,\n", "utf-8-sig")
    full, empty = read_sheet(file, "windsor")
    (tmp_path / "a.toml").write_text(full.text, "utf-8")
    settings = load([tmp_path / "a.toml"]).settings
    assert (settings.source.fps, settings.delivery.port) == (10.0, 1883)
    assert settings.hotlist.over_mqtt
    assert settings.categories.other.siren
    assert settings.zones.ignore[0][2] == (1.0, 0.5)
    assert "fps" not in empty.text
    said = refused(file, f"{head}\n{GOOD},ten,x,yes,1,\n")
    assert "column 13 (source.fps): 'ten' is no number" in said
    assert "column 15 (hotlist.over_mqtt): 'yes' is no true or false" in said


def test_the_example_is_right() -> None:
    """What configs/ shows is read as it stands, quotes and commas in a place included."""
    sites = read_sheet(ROOT / "configs" / "sites-example.csv", "windsor")
    assert [(one.name, one.role) for one in sites] == [
        ("main-street", "unit"),
        ("elm-street", "unit"),
        ("dispatch", "console"),
    ]
    assert sites[0].place == "Main Street 12, lamp post 4"
    assert "/var/lib/edge-console/keys" in sites[2].text

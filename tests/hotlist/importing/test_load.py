"""A wrong mapping file is told by file, line and mend."""

from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.hotlist.importing import load_mapping
from tests.hotlist.importing.files import changed


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("city-csv", "separator", "seperator", "18: fields.plate.seperator: no such key; did you"),
        ("city-csv", "[limits]\n", "[limit]\n", "limit: no such key; did you mean 'limits'"),
        ("city-csv", 'issued = "asked"', 'issued = "header"', "10: file.issued: the map has no"),
        ("city-csv", '"stolen_vehicle"', '"stolen"', "fields.category: 'stolen' is no category"),
        ("city-csv", '"us-ct"', '"Connecticut"', "jurisdiction: 'Connecticut' is no jurisdiction"),
        ("city-csv", '"%m/%d/%Y %H:%M"', '"%m/%d"', "does not give a year and a day"),
        ("city-csv", '"%m/%d/%Y %H:%M"', '"%c"', "known are % and one of"),
        ("city-csv", '"America/New_York"', '"Hometown"', "no such zone"),
        ("city-csv", "after_days = 90\n", "", "an entry needs an end"),
        ("city-csv", "stolen_vehicle = 365", "stolen = 365", "no category of ours: stolen"),
        ("city-csv", '{ column = "Case No" }', "{ start = 1, length = 3 }", "given by 'column'"),
        ("city-csv", '{ column = "Case No" }', "{ start = 1 }", "either 'column', or 'start'"),
        ("uk-like", "column = 2 }", 'column = "Count" }', "the file has no headings"),
        ("uk-like", "pivot = 70\n", "", "%y is a year of two digits: set 'pivot'"),
        ("ncic-like", "record_length = 100\n", "", "needs the length of its records"),
        ("ncic-like", "start = 85, length = 5", "start = 98, length = 5", "ends after the record"),
        ("ncic-like", '"cp037"', '"utf-8"', "9: file.line_breaks: without line breaks only"),
        ("ncic-like", "rejects = 500", 'rejects = "many"', "limits.rejects: input should be a"),
        ("ncic-like", "rejects = 500", "", "limits.rejects: is missing"),
    ],
)
def test_wrong_maps(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    """Unknown keys, values and places that do not fit are refused at their line."""
    file = changed(tmp_path, name, (old, new))
    with pytest.raises(ConfigError) as refused:
        load_mapping(file)
    assert str(refused.value).startswith(f"{file}:")
    assert words in str(refused.value)


def test_no_map(tmp_path: Path) -> None:
    """What is missing, no text or no TOML is said."""
    file = tmp_path / "map.toml"
    with pytest.raises(ConfigError, match="cannot be read"):
        load_mapping(file)
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_mapping(file)
    file.write_text("name = ", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_mapping(file)

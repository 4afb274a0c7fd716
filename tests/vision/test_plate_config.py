"""Tests of the little YAML that a plate_config.yaml is, and of region names."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ModelError
from edge.vision.plate_config import parse, read_plate_config
from edge.vision.regions import code_of
from tests.vision import foreign_graphs as foreign

REGIONS = ["Germany", "Côte d'Ivoire", 'the "Isle"', "Bosnia and Herzegovina", "# none", "NO"]
keys = st.text("abcdefghij_", min_size=1, max_size=8).filter(
    lambda key: key not in {"n", "y", "no", "on", "off", "yes", "null"}
)
texts = st.text(st.characters(exclude_categories=("C", "Z")), max_size=12)


def refused(folder: Path, text: str) -> str:
    file = folder / "plate_config.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ModelError) as caught:
        read_plate_config(file)
    assert str(file) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("style", ["block", "flow", "indented"])
def test_lists_and_comments(tmp_path: Path, style: str) -> None:
    """Block and flow lists, comments, quotes and Python's False are read as YAML does."""
    flow = "plate_regions: ['Germany', \"France\", New Zealand]  # three"
    block = [
        "plate_regions: # three",
        "- 'Germany'",
        '- "France"',
        "# between",
        "- New Zealand # x",
    ]
    lines = [flow] if style == "flow" else block
    if style == "indented":
        lines = [lines[0], *(f"    {line}" for line in lines[1:])]
    file = tmp_path / "plate_config.yaml"
    file.write_text(
        "---\n" + foreign.config("rgb", *lines, "padding_color: [1, 2, 3]", keep="False")
    )
    config = read_plate_config(file)
    assert config.plate_regions == ("Germany", "France", "New Zealand")
    assert (config.padding, config.keep_aspect_ratio) == ((1, 2, 3), False)
    assert (config.max_plate_slots, config.pad_char, config.image_color_mode) == (9, "_", "rgb")


def test_an_alphabet_of_digits_stays_text(tmp_path: Path) -> None:
    """Unquoted 0123456789 is an alphabet, not a number with its first character lost."""
    file = tmp_path / "plate_config.yaml"
    text = foreign.config("rgb").replace(f"'{foreign.PADDED}'", "0123456789").replace("'_'", "0")
    file.write_text(text + "plate_regions: null\n")
    config = read_plate_config(file)
    assert (config.alphabet, config.pad_char, config.plate_regions) == ("0123456789", "0", None)


@given(st.dictionaries(keys, st.one_of(texts, st.lists(texts, min_size=1))))
def test_what_a_yaml_library_writes_is_read_the_same(values: dict[str, object]) -> None:
    """Whatever flat text a library writes is read as it was, or refused; never otherwise."""
    written = yaml.safe_dump(values, allow_unicode=True, width=10_000) if values else ""
    try:
        told = parse(written)
    except ValueError:
        return
    strings = yaml.load(written, yaml.BaseLoader) or {}  # noqa: S506 - builds strings only
    assert {key: value or "" for key, value in told.items()} == strings


@pytest.mark.parametrize("name", REGIONS)
def test_region_names_survive_quoting(name: str) -> None:
    """Names with quotes and signs come out as a library wrote them."""
    assert parse(yaml.safe_dump({"plate_regions": [name]}, allow_unicode=True)) == {
        "plate_regions": [name]
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("model: {a: 1}", "line 10: '{a: 1}'"),
        ("  img_depth: 3", "line 10: is not 'key: value'"),
        ("more words", "line 10: is not 'key: value'"),
        ("img_width: 12", "line 10: img_width stands twice"),
        ("plate_regions: [a,", "line 10: plate_regions: a list in brackets"),
        ("plate_regions: 'a", "line 10: 'a: the quotes do not close"),
        ("plate_regions: &a", "line 10"),
        ("- 3", "line 10: an item of a list below a key that has a value"),
        ("brightness: 3", "brightness: extra inputs"),
        ("padding_color: [300, 0, 0]", "padding_color"),
        ("plate_regions: Germany", "plate_regions: "),
    ],
)
def test_what_is_not_such_a_file_is_refused(tmp_path: Path, line: str, words: str) -> None:
    """A line or a key that is not understood is named, for guessing would mean wrong pixels."""
    assert words in refused(tmp_path, foreign.config("rgb", line))


def test_values_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """A key that is missing, a size of nothing, an unknown interpolation, no text at all."""
    good = foreign.config("rgb")
    assert "pad_char" in refused(tmp_path, good.replace("pad_char: '_'\n", ""))
    assert "img_width" in refused(tmp_path, good.replace("img_width: 128", "img_width: 0"))
    assert "interpolation" in refused(tmp_path, good.replace("linear", "guess"))
    file = tmp_path / "plate_config.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"plate_config\.yaml"):
        read_plate_config(file)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "eu-de"),
        ("new_york", "us-ny"),
        ("WEST VIRGINIA", "us-wv"),
        ("United Kingdom", "uk"),
        ("Brazil", "br"),
        ("Norway", "eu-no"),
        ("United States", "unknown"),
        ("Georgia", "unknown"),  # a state and a country
        ("Atlantis", "unknown"),
    ],
)
def test_regions_have_codes_where_they_are_sure(name: str, code: str) -> None:
    """Names of one meaning have our code; what may mean two things is unknown."""
    assert code_of(name) == code

"""Tests of the lists of what was checked by eye."""

from pathlib import Path

import pytest

from edge.errors import TruthError
from edge.evaluate.checked import Checked, load_checked, token
from tests.evaluate import data

RIGHT = token("one/a.webp", "XY99")
HEAD = "file,verdict,accepts,note"


def test_both_lists_are_read(tmp_path: Path) -> None:
    """Files are named as in the data's CSV files, with or without the kind's folder."""
    data.table(
        tmp_path / "labels.csv",
        HEAD,
        f"plates/one/a.webp,wrong,{RIGHT},second letter",
        f"one/a.webp,wrong,{token('one/a.webp', 'XY98')},or this",
        "one/b.webp,illegible,,",
    )
    data.table(tmp_path / "no_plates.csv", "file,note", "scenes/two/a.webp,", "two/b.webp,street")
    checked = load_checked(tmp_path)
    assert checked.bare == {"two/a.webp", "two/b.webp"}
    assert checked.right("one/a.webp", "AB12", ["XY98"]) is True
    assert checked.right("one/a.webp", "AB12", ["AB12"]) is False
    assert checked.right("one/b.webp", "AB12", ["AB12"]) is None
    assert checked.right("one/c.webp", "AB12", ["ZZ", "AB12"]) is True
    assert checked.right("one/c.webp", "AB12", []) is False
    assert [checked.touches(f"one/{x}.webp") for x in "abc"] == [True, True, False]


def test_one_list_is_enough_and_none_is_told(tmp_path: Path) -> None:
    """A folder with neither list is an error, not a check of nothing."""
    with pytest.raises(TruthError, match="--checked"):
        load_checked(tmp_path)
    data.table(tmp_path / "no_plates.csv", "file,note")
    assert load_checked(tmp_path) == Checked()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("one/a.webp,doubtful,,", "must be 'wrong' or 'illegible'"),
        ("one/a.webp,wrong,,", "16 hex digits"),
        ("one/a.webp,wrong,XY99,", "16 hex digits"),
        (f"one/a.webp,illegible,{RIGHT},", "leave 'accepts' empty"),
        (f",wrong,{RIGHT},", "must name a picture"),
        (f"one/b.webp,wrong,{RIGHT},", "both 'wrong' and 'illegible'"),
        ("one/a.webp,wrong", "must have 4 columns"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, words: str) -> None:
    """The error names file and line, and what should stand there."""
    file = tmp_path / "labels.csv"
    data.table(file, HEAD, "one/b.webp,illegible,,", line)
    with pytest.raises(TruthError) as caught:
        load_checked(tmp_path)
    assert str(caught.value).startswith(f"{file}:3: ")
    assert words in str(caught.value)

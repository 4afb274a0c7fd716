"""Tests of a whole evaluation, on small real models and drawn pictures."""

from pathlib import Path

import pytest

from edge.errors import TruthError
from edge.evaluate.checked import Checked, token
from edge.evaluate.figures import Labels
from edge.evaluate.results import Evaluation
from edge.evaluate.run import evaluate, thin
from tests.evaluate import data
from tests.fakes import FakeClock
from tests.vision import graphs


@pytest.fixture
def outcome(tmp_path: Path) -> Evaluation:
    """An evaluation of a detector of bright rectangles and a reader that always says AB12."""
    sections = data.sections(tmp_path, graphs.fixed_reader("AB12"))
    return evaluate(data.write(tmp_path / "data"), sections, FakeClock())


def figure(
    outcome: Evaluation,
    part: str,
    name: str,
    group: str = "all",
    labels: Labels = "stored",
) -> float:
    (value,) = (
        one.value
        for one in outcome.figures
        if (one.part, one.group, one.labels) == (part, group, labels) and one.name.startswith(name)
    )
    return value


def test_the_detector_is_scored(outcome: Evaluation) -> None:
    """One of two readable plates is found, one of three in all, and one find is false."""
    assert figure(outcome, "detector", "recall, plates of 24 px") == 0.5
    assert figure(outcome, "detector", "recall, every plate") == pytest.approx(1 / 3, abs=1e-4)
    assert figure(outcome, "detector", "precision") == 0.5
    assert figure(outcome, "detector", "false finds") == 0.5
    assert figure(outcome, "detector", "recall, plates of 24 px", group="two") == 0.5
    low, high = outcome.details.detector_curve[0], outcome.details.detector_curve[-2]
    assert (low["recall"], high["recall"]) == (0.5, 0.5)


def test_the_reader_is_scored(outcome: Evaluation) -> None:
    """One of two crops is right, one of eight characters wrong, and the mistake is named."""
    assert figure(outcome, "reader", "whole plate exact") == 0.5
    assert figure(outcome, "reader", "whole plate exact", group="us") == 1.0
    assert figure(outcome, "reader", "whole plate exact", group="eu") == 0.0
    assert figure(outcome, "reader", "exact with borders repeated by 0.06") == 0.5
    assert figure(outcome, "reader", "character error rate") == 0.125
    (taken,) = outcome.details.characters.taken
    assert (taken.true, taken.read, taken.count, taken.of) == ("I", "1", 1, 1)


def test_whole_pictures_are_scored(outcome: Evaluation) -> None:
    """One of three plates is read right, one wrong, and one is missed."""
    assert figure(outcome, "pictures", "labelled plate read") == pytest.approx(1 / 3, abs=1e-4)
    found = [one.value for one in outcome.figures if one.name == "found" and not one.by]
    assert found == [pytest.approx(2 / 3, abs=1e-4)]
    assert figure(outcome, "pictures", "right of those told") == 0.5
    assert [len(tiles) for tiles in outcome.sheets.values()] == [1, 1, 1, 2]


def test_a_limit_takes_evenly() -> None:
    """Fewer items are taken from all over the list, in order, and never more than there are."""
    assert thin(range(10), 3) == [0, 3, 6]
    assert thin(range(2), 3) == [0, 1]
    assert thin(range(2), None) == [0, 1]


def test_capture_and_read_rate_make_the_whole(outcome: Evaluation) -> None:
    """Two of three plates are found, one of these is read: their product is one of three."""
    assert figure(outcome, "pictures", "found plates read") == 0.5
    found = [one for one in outcome.figures if one.name == "found" and not one.by]
    assert [(one.hits, one.total, one.plates) for one in found] == [(2, 3, 2)]
    assert figure(outcome, "pictures", "labelled plate read") == pytest.approx(
        found[0].value * 0.5, abs=1e-3
    )


def test_labels_checked_by_eye_count_beside_the_stored_ones(tmp_path: Path) -> None:
    """A corrected label makes a read right, an illegible plate is in neither count."""
    sections = data.sections(tmp_path, graphs.fixed_reader("AB12"))
    folder = data.write(tmp_path / "data")
    wrong = {"one/b.webp": frozenset({token("one/b.webp", "AB12")})}
    outcome = evaluate(folder, sections, FakeClock(), checked=Checked(accepts=wrong))
    assert figure(outcome, "reader", "whole plate exact") == 0.5
    assert figure(outcome, "reader", "whole plate exact", labels="checked") == 1.0
    assert not [one for one in outcome.figures if (one.part, one.labels) == ("pictures", "checked")]
    struck = Checked(illegible=frozenset({"one/b.webp", "three/b.webp", "elsewhere/x.webp"}))
    outcome = evaluate(folder, sections, FakeClock(), checked=struck)
    assert figure(outcome, "pictures", "labelled plate read", labels="checked") == 0.5
    assert outcome.details.counted.crops_left_out == 1
    assert outcome.details.counted.unused == 1
    assert outcome.sheets["wrong-reads"] == []


def test_false_plates_are_counted_where_every_plate_is_labelled(tmp_path: Path) -> None:
    """Of two scenes and a picture so checked, one shows a find that is on no labelled plate."""
    sections = data.sections(tmp_path, graphs.fixed_reader("AB12"))
    folder = data.write(tmp_path / "data")
    bare = frozenset({"two/a.webp", "two/b.webp", "three/a.webp"})
    outcome = evaluate(folder, sections, FakeClock(), checked=Checked(bare=bare))
    false = [one for one in outcome.figures if one.name.startswith("false plates a picture")]
    assert [(one.group, one.hits, one.total) for one in false] == [
        ("all", 1, 3),
        ("three", 0, 1),
        ("two", 1, 2),
    ]
    assert figure(outcome, "detector", "false plates that are also read") == pytest.approx(
        1 / 3, abs=1e-3
    )
    assert [tile.file for tile in outcome.sheets["false-plates-checked"]] == ["two/b.webp"]


@pytest.mark.parametrize("kept", ["plates", "scenes", "pictures"])
def test_a_folder_may_have_one_kind_of_labels_only(tmp_path: Path, kept: str) -> None:
    """What has no CSV file has no figures; the others are as with all."""
    folder = data.write(tmp_path / "data")
    for name in {"plates", "scenes", "pictures"} - {kept}:
        (folder / name / f"{name}.csv").unlink()
    outcome = evaluate(folder, data.sections(tmp_path, graphs.fixed_reader("AB12")), FakeClock())
    parts = {"plates": "reader", "scenes": "detector", "pictures": "pictures"}
    assert {one.part for one in outcome.figures} == {parts[kept]}


def test_a_folder_without_labels_is_told(tmp_path: Path) -> None:
    """No CSV file, or none of the split, is an error that says what is wanted."""
    sections = data.sections(tmp_path, graphs.fixed_reader("AB12"))
    with pytest.raises(TruthError, match=r"plates/plates\.csv.*--data"):
        evaluate(tmp_path, sections, FakeClock())
    (tmp_path / "plates").mkdir()
    data.table(tmp_path / "plates/plates.csv", "file,text,region,label,split")
    with pytest.raises(TruthError, match=r"no line .* 'dev' in column 'split'"):
        evaluate(tmp_path, sections, FakeClock())


def test_where_plates_are_from_is_scored(tmp_path: Path) -> None:
    """A reader that always says us-ny is right of the one, wrong of the other where it speaks."""
    codes = ("us-ny", "eu-de", "unknown")
    reader = graphs.placed_reader("AB12", [0.8, 0.1, 0.1])
    fields = graphs.jurisdictions(*codes)
    sections = data.sections(tmp_path, reader, **fields)
    outcome = evaluate(data.write(tmp_path / "data"), sections, FakeClock())
    told = outcome.details.jurisdictions
    assert told is not None
    at = {voice.least: (voice.spoke, voice.total, voice.right) for voice in told.voices}
    assert at[0.5] == (2, 2, 1)
    assert at[0.9] == (0, 2, 0)
    assert told.least == 0.75
    rows = [(one.code, one.spoke, one.right, one.mistaken_for) for one in told.codes]
    assert rows == [("eu-de", 1, 0, "us-ny 1"), ("us-ny", 1, 1, "")]

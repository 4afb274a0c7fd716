"""Tests of confidence, characters, jurisdiction and of what is known of the machine."""

from pathlib import Path

import pytest

from edge.evaluate.calibration import above, bins, reliability
from edge.evaluate.characters import characters
from edge.evaluate.jurisdiction import Said, jurisdictions, said
from edge.evaluate.machine import _cpu, this_machine
from edge.evaluate.marks import Mark


def marks(confidence: float, right: int, wrong: int) -> list[Mark]:
    total = right + wrong
    return [
        Mark(f"{confidence}-{n}", f"{confidence}-{n}", n < right, "one", confidence=confidence)
        for n in range(total)
    ]


def test_true_confidences_hold() -> None:
    """Of reads with .75 three in four right: the bin holds, the error is none."""
    told = reliability("reader", "all", marks(0.75, 75, 25), "stored", 0.9)
    (only,) = told.bins
    assert only.holds
    assert only.low < only.share < only.high
    assert told.error == 0.0
    assert [one.least for one in told.above] == [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99]


def test_boasting_does_not_hold() -> None:
    """Reads with .99 of which half are wrong: the bin does not hold, the error is about a half."""
    told = reliability("reader", "all", marks(0.99, 50, 50), "stored", 0.93)
    assert not told.bins[0].holds
    assert told.error == pytest.approx(0.49)
    assert 0.93 in [one.least for one in told.above]


def test_bins_hold_each_read_once() -> None:
    """Also those at the ends; a plate without a read, confidence 0, is in none."""
    some = [*marks(0.001, 0, 3), *marks(0.95, 4, 0), *marks(1.0, 5, 0)]
    assert [one.total for one in bins(some)] == [3, 4, 5]
    assert sum(one.total for one in bins([*some, *marks(0.0, 0, 7)])) == len(some)


def test_above_a_threshold() -> None:
    """Wrong ones are counted of those told, plates once, and the bound is above the share."""
    some = [*marks(0.9, 3, 1), *marks(0.95, 9, 1), *marks(0.95, 9, 1)]
    told = above(some, 0.95)
    assert (told.told, told.total, told.plates, told.wrong) == (20, 24, 10, 2)
    assert told.upper > 0.1
    assert above(some, 0.99).upper == 1.0


def test_characters_are_counted_with_their_pairs() -> None:
    """Each mistake has its count and how often the character stands; pairs come right or wrong."""
    told = characters([("A0B", "AOB"), ("A0B", "A0B"), ("O1", "01"), ("A8", "A")])
    assert (told.total, told.edits) == (10, 3)
    assert [(one.true, one.read, one.count, one.of) for one in told.taken] == [
        ("0", "O", 1, 2),
        ("8", "", 1, 1),
        ("O", "0", 1, 1),
    ]
    pairs = {(one.one, one.other): one for one in told.pairs}
    assert len(pairs) == 14
    zero = pairs["0", "O"]
    assert (zero.one_as_other, zero.other_as_one, zero.ones, zero.others) == (1, 1, 2, 1)
    assert pairs["3", "7"].one_as_other == 0


def test_speaking_of_places() -> None:
    """Vague labels count in neither, strangers apart, and Britain is the reader's uk."""
    codes = ("us-ct", "us-ny", "uk", "br")
    shares = {"us-ct": 0.9, "us-ny": 0.05, "uk": 0.0, "br": 0.0}
    heard = [
        said("a", "A", "s", region, shares)
        for region in ("us-ct", "us-ny", "us", "vn", "eu-gb", "br")
    ]
    told = jurisdictions(heard, codes, 0.8)
    voice = next(one for one in told.voices if one.least == 0.8)
    assert (voice.spoke, voice.total, voice.right, voice.country_right) == (4, 4, 1, 2)
    assert (voice.strangers, voice.stranger_total, told.vague) == (1, 1, 1)
    by_code = {one.code: (one.total, one.right, one.mistaken_for) for one in told.codes}
    assert by_code["uk"] == (1, 0, "us-ct 1")
    assert by_code["us-ct"] == (1, 1, "")


def test_unknown_is_silence() -> None:
    """Where unknown is likelier than any code nothing is said, at no threshold."""
    heard = said("a", "A", "s", "br", {"br": 0.3, "uk": 0.2})
    assert heard == Said("a", "A", "s", "br", "br", 0.0)
    assert jurisdictions([heard], ("br", "uk"), 0.5).voices[0].spoke == 0


def test_the_machine_is_told(tmp_path: Path) -> None:
    """Processor, cores and versions; where Linux names no processor, its architecture."""
    machine = this_machine()
    assert machine.cores >= 1
    assert {"edge", "Python", "numpy", "onnxruntime"} <= set(machine.versions)
    file = tmp_path / "cpuinfo"
    assert _cpu(file)
    file.write_text("processor\t: 0\nmodel name\t: Small CPU\n", "utf-8")
    assert _cpu(file) == "Small CPU"

"""What the measuring commands count, on reads made by hand."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.evaluate.checked import Checked, load_checked
from edge.evaluate.metrics import Share
from edge.evaluate.truth import Plate, load_plates
from edge.plates import alphabet
from edge.vision.reader import Readings
from models.measure import alarm, dev, formats
from models.measure.fusion import Recipe, gain, sweep
from models.measure.lookalikes import Tally, count, report
from models.measure.passes import PassSeen, Seen, draw_filming
from models.measure.rendered import Cut, Rendered, cut_out, rendered
from tests.tracking.reads import slots_of


def test_corrected_label_needs_no_plate_text() -> None:
    """A wrong label is judged by the hash of what stands there; the label itself is then wrong."""
    token = hashlib.sha256(b"a/1.webp:AB12").hexdigest()[:16]
    checked = Checked(accepts={"a/1.webp": frozenset({token})}, illegible=frozenset({"a/2.webp"}))
    image = np.zeros((4, 8, 3), np.uint8)
    plate = Plate(Path("a/1.webp"), "a", "us-ny", "AB13")
    corrected = dev.DevPlate("a/1.webp", plate, image, checked)
    assert corrected.says("AB12")
    assert not corrected.says("AB13")
    assert (corrected.readable, corrected.place) == (True, "us")
    assert not dev.DevPlate("a/2.webp", plate, image, checked).readable


def test_notes_hold_no_plate() -> None:
    """What was found by eye is told without a run of characters that could be a plate."""
    lines = (dev.CHECKED / "labels.csv").read_text("utf-8").splitlines()[1:]
    notes = [line.split(",", 3)[3] for line in lines]
    assert notes
    assert not [note for note in notes if any(word.isupper() and len(word) > 2
                                              for word in note.split())]  # fmt: skip


@pytest.mark.shared
def test_checked_labels_are_of_dev_plates(shared_data: Path) -> None:
    """Each checked file is a crop of the dev split."""
    files = {
        one.path.relative_to(shared_data / "plates").as_posix() for one in load_plates(shared_data)
    }
    checked = load_checked(dev.CHECKED)
    assert checked.accepts
    assert set(checked.accepts) | checked.illegible <= files


def test_threshold_keeps_wrong_reads_out() -> None:
    """The lowest threshold under the wanted share is found; none where the surest read is wrong."""
    sure = np.array([0.99, 0.98, 0.97, 0.9, 0.8])
    assert alarm.threshold(sure, np.array([1, 1, 1, 0, 1], bool), 0.0) == pytest.approx(0.935)
    assert alarm.threshold(sure, np.array([1, 1, 1, 0, 1], bool), 0.25) == pytest.approx(0.4)
    assert alarm.threshold(sure, np.array([0, 1, 1, 1, 1], bool), 0.1) > 1.0


def test_pairs_are_counted_both_ways(capsys) -> None:
    """A pair counts in both directions, of all its characters; sure reads apart."""
    tally = Tally()
    tally.add("A27", "A77", sure=True)
    tally.add("B77", "B72", sure=False)
    tally.add("C27", "C27", sure=True)
    assert tally.of_pair("27") == (Share(2, 6), Share(1, 4))
    assert (tally.plates, tally.sure, tally.wrong, tally.sure_wrong) == (3, 2, 2, 1)
    report(tally, 0.9, ["27", "0O"])
    told = capsys.readouterr().out
    assert "| 2/7 | 2 of 6" in told
    assert "| 0/O | 0 of 0" in told


def test_doubtful_plates_are_counted_as_the_line_reads_them() -> None:
    """The further crops decide where the first leaves doubt, and only there."""

    class Told:
        """A reader whose answer stands in each crop's first pixel."""

        def read(self, crops: Sequence[NDArray[np.uint8]]) -> Readings:
            answers = {1: ("AB8", 0.95), 2: ("ABB", 0.98), 3: ("XYZ", 0.999)}
            slots = [slots_of(*answers[int(crop[0, 0])]) for crop in crops]
            return Readings(np.stack(slots), ({},) * len(crops))

    views = [np.full((3, 4, 4), 1, np.uint8) * np.array(v, np.uint8)[:, None, None]
             for v in ((1, 2, 2), (3, 1, 1))]  # fmt: skip
    plates = [Rendered(text, "us-ct", 90.0, view)
              for text, view in zip(("ABB", "XYZ"), views, strict=True)]  # fmt: skip
    tally = count(plates, Told(), 0.97, 0.5)
    assert (tally.plates, tally.wrong) == (2, 0)
    assert count(plates, Told(), 0.0, 0.5).wrong == 1


def test_formats_rank_but_never_invent() -> None:
    """A form decides between texts that the reader holds possible, and nothing else."""
    slots = slots_of("AB01234", 0.999)
    slots[2, [0, alphabet.CHARACTERS.index("O")]] = 0.45, 0.5
    slots[2] /= slots[2].sum()
    assert alphabet.decode(slots) == "ABO1234"
    shares = formats.shares_of("us-ct", "us-", 0.15)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert formats.ranked(slots, shares, 1.0) == "AB01234"
    assert formats.ranked(slots, shares, 0.0) == "ABO1234"
    sure = slots_of("ABO1234", 0.9999)
    assert formats.ranked(sure, shares, 1.0) == "ABO1234"


def test_cuts_shift_in_the_readers_pixels() -> None:
    """A cut that is shifted by one pixel shows the next column of the plate."""
    image = np.tile(np.arange(160, dtype=np.uint8), (64, 1))
    corners = np.array([[20, 8], [120, 8], [120, 56], [20, 56]], np.float32)
    plain = cut_out(image, corners, Cut(0.0), (100, 48))
    moved = cut_out(image, corners, Cut(0.0, dx=1.0), (100, 48))
    np.testing.assert_array_equal(moved[:, :-1], plain[:, 1:])
    tilted = corners + np.array([[0, 0], [0, 6], [0, 6], [0, 0]], np.float32)
    box = cut_out(image, tilted, Cut(0.0, box=True), (100, 54))
    np.testing.assert_allclose(box[30], np.arange(20, 120), atol=1)


def test_rendered_plates_repeat() -> None:
    """The same seed gives the same plates, whatever the processes."""
    alone = list(rendered(3, 5, (160, 64), (Cut(), Cut(0.1)), processes=1))
    again = list(rendered(3, 5, (160, 64), (Cut(), Cut(0.1)), processes=2))
    assert [one.text for one in alone] == [one.text for one in again]
    for one, other in zip(alone, again, strict=True):
        assert one.views.shape == (2, 64, 160)
        np.testing.assert_array_equal(one.views, other.views)


def test_filmings_repeat_and_vary() -> None:
    """The same seed gives the same streets, every light among five of them."""
    some = draw_filming(1, 5)
    assert some == draw_filming(1, 5)
    assert len({one.spec.light for one in some}) == 5
    assert {len(one.spec.passes) for one in some} == {8}


def test_fusion_is_told_against_single_frames() -> None:
    """Best frame, widest frame and fused sighting are compared pass by pass."""
    passes = [
        _pass("AB12345", [("AB12345", 0.95, 90), ("AB12345", 0.9, 80), ("A812345", 0.5, 100)]),
        _pass("CD67890", [("C067890", 0.9, 90), ("CD67890", 0.6, 60)]),
    ]
    rows = gain(passes, 0.9).splitlines()
    assert rows[2].startswith("| all passes | 2 | 0.417 | 0.500 | 0.000 | 0.00 (0.00-0.00) | 1.000")
    told = Recipe(0.98, 0.5, "width x confidence").fuse(passes[0])
    assert [text for text, _ in told] == ["AB12345", "AB12345"]
    recipes = sweep(passes, Recipe(0.98, 0.5, "width"), 0.9)
    by_width = next(row for row in recipes.splitlines() if row.startswith("| 0.98 | 0.5 | width |"))
    cells = [cell.strip() for cell in by_width.split("|")]
    assert (cells[4], cells[8], cells[10]) == ("1.000", "0.000", "1.000")


def _pass(text: str, reads: list[tuple[str, float, float]]) -> PassSeen:
    seen = tuple(
        Seen(_slots(said, sure), said, sure, width, float(number))
        for number, (said, sure, width) in enumerate(reads)
    )
    return PassSeen(len(reads) % 2, "day", text, len(reads), seen, (text, 0.95), 1, 0.0)


def _slots(text: str, sure: float) -> NDArray[np.float32]:
    return slots_of(text, sure ** (1 / alphabet.SLOTS))

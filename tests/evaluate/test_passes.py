"""Scoring a replayed clip: capture and read apart, false passes named."""

import json
from pathlib import Path

import pytest

from edge.errors import TruthError
from edge.evaluate.clip_truth import Car, load_cars
from edge.evaluate.passes import Difference, Glimpse, Pass, difference, score

BOX = (100.0, 100.0, 200.0, 150.0)


def car(text: str, first_s: float = 1.0, last_s: float = 2.0) -> Car:
    return Car(f"car of {text}", text, first_s, last_s, {10: BOX, 11: BOX})


def told(text: str, first_s: float = 1.0, last_s: float = 2.0) -> Pass:
    return Pass(text, 0.99, 5, first_s, last_s, alerted=False)


def test_captured_and_read_are_counted_apart() -> None:
    """One car is read, one read wrong, one never found: each falls where it belongs."""
    cars = [car("AB12345"), car("CD67890", 5, 6), car("EF11111", 9, 10)]
    glimpses = [Glimpse(10, BOX, "AB12345")]
    cars[1] = Car("x", "CD67890", 5, 6, {60: BOX})
    cars[2] = Car("y", "EF11111", 9, 10, {110: BOX})
    glimpses.append(Glimpse(60, (105, 102, 198, 149), "CD67B90"))
    found = score(cars, [told("AB12345"), told("CD67B90", 5, 6)], glimpses)
    assert (found.cars, found.captured, found.read) == (3, 2, 1)
    assert (found.missed, found.misread) == (("EF11111",), ("CD67890",))
    assert found.false == ("CD67B90",)
    assert (found.capture_rate, found.read_rate) == (pytest.approx(2 / 3), 0.5)


def test_a_read_elsewhere_in_the_frame_is_no_capture() -> None:
    """The plate of the car beside it does not count for it."""
    found = score([car("AB12345")], [], [Glimpse(10, (400, 400, 500, 450), "AB12345")])
    assert found.captured == 0


def test_the_right_text_at_the_wrong_time_is_false() -> None:
    """A pass a minute later is another car, however it reads."""
    found = score([car("AB12345")], [told("AB12345", 60, 61)], [Glimpse(10, BOX, "AB12345")])
    assert (found.captured, found.read, found.false) == (1, 0, ("AB12345",))


def test_no_car_gives_no_rate_but_false_passes() -> None:
    """Of nothing there is no share; what is told of nobody is false."""
    found = score([], [told("VANSALE")], [])
    assert (found.capture_rate, found.read_rate, found.false) == (0.0, 0.0, ("VANSALE",))


def test_difference_counts_each_pass_as_often_as_it_was_told() -> None:
    """The same text twice before and once after is lost once."""
    before = [told("AA1"), told("AA1", 5, 6), told("BB2")]
    after = [told("AA1"), told("CC3")]
    assert difference(before, after) == Difference(gained=("CC3",), lost=("AA1", "BB2"))
    assert difference(before, before) == Difference((), ())


def line(number: int, *plates: dict[str, object]) -> str:
    return json.dumps({"frame": number, "time_s": number / 10, "plates": plates})


def plate(text: str, width: float = 100.0, visible: float = 1.0) -> dict[str, object]:
    return {"vehicle": "v1", "text": text, "box": [0, 0, width, 40], "visible": visible}


def test_cars_are_those_whose_plates_could_be_read(tmp_path: Path) -> None:
    """Small and hidden plates, and cars without one, are not asked for."""
    file = tmp_path / "truth.jsonl"
    file.write_text(
        "\n".join(
            [
                line(0, plate("AB1", width=40)),
                line(1, plate("AB1"), {**plate("ZZ9", width=30), "vehicle": "v2"}),
                line(2, plate("AB1"), {**plate(""), "vehicle": "v3"}),
                line(3, plate("AB1", visible=0.5)),
            ]
        )
    )
    cars = load_cars(file)
    assert [(one.text, one.first_s, one.last_s, sorted(one.boxes)) for one in cars] == [
        ("AB1", 0.1, 0.2, [1, 2])
    ]
    with pytest.raises(TruthError, match="500 pixels wide"):
        load_cars(file, least_px=500)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{}\n", ":1: frame: "),
        (line(0) + "\nno json\n", ":2: "),
        (line(0, plate("ab1")) + "\n", ":1: plates.0.text: "),
    ],
    ids=["empty", "no json", "small letters"],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, where: str) -> None:
    """Nobody is scored against a file that is not what it should be."""
    file = tmp_path / "truth.jsonl"
    file.write_text(text)
    with pytest.raises(TruthError) as caught:
        load_cars(file)
    assert str(caught.value).startswith(f"{file}{where}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A truth that cannot be read is an error, never a clip without cars."""
    with pytest.raises(TruthError, match="cannot be read"):
        load_cars(tmp_path / "none.jsonl")

"""What an installer is told to do is what mends the picture."""

import pytest

from edge.vision.aim import Aim, measure
from edge.vision.aiming import Colour, Finding, advise, worst
from models.measure.aimed import shown


def findings(**how: float) -> dict[str, Finding]:
    speed = how.pop("speed", 0.0)
    shutter = int(how.pop("shutter_us", 0))
    truth = shown(**how)  # type: ignore[arg-type]
    found = advise(measure(truth.image, truth.corners), shutter, speed)
    return {one.name: one for one in found}


def test_a_good_plate_is_green_throughout() -> None:
    """Large, level, sharp and well lit: nothing to do."""
    found = findings(width=160)
    assert {name for name, one in found.items() if one.colour is not Colour.GREEN} == set()
    assert not any(one.advice for one in found.values())


@pytest.mark.parametrize(
    ("how", "name", "colour", "advice"),
    [
        ({"width": 92}, "plate width", "red", "zoom in by 1.5, or come that much nearer"),
        ({"width": 115}, "plate width", "amber", "zoom in by 1.2, or come that much nearer"),
        ({"width": 160, "tilt_deg": 12}, "tilt", "amber", "turn the camera 12 degrees clockwise"),
        (
            {"width": 160, "tilt_deg": -25},
            "tilt",
            "red",
            "turn the camera 25 degrees anticlockwise",
        ),
        ({"width": 160, "defocus_px": 1.9}, "softness", "amber", "focus, or clean the lens"),
        ({"width": 160, "defocus_px": 3.5}, "softness", "red", "focus, or clean the lens"),
        ({"width": 160, "ink": 100, "ground": 130}, "contrast", "red", "more light on the plate"),
        ({"width": 160, "ink": 0, "ground": 255}, "burnt out", "red", "expose less"),
        ({"width": 160, "ink": 1, "ground": 4}, "black", "red", "expose more"),
    ],
    ids=["far", "rather far", "tilted", "askew", "soft", "blurred", "faint", "burnt", "black"],
)
def test_each_fault_has_its_colour_and_mend(
    how: dict[str, float], name: str, colour: str, advice: str
) -> None:
    """The fault that was made is the one that is named, with what to turn."""
    found = findings(**how)[name]
    assert found.colour == colour
    assert found.advice.startswith(advice)


def test_the_zoom_that_is_advised_is_enough() -> None:
    """Following the advice makes it green."""
    red = findings(width=70)
    factor = float(red["plate width"].advice.split()[3].rstrip(","))
    assert findings(width=70 * factor)["plate width"].colour is Colour.GREEN


def test_the_shutter_that_is_advised_is_short_enough() -> None:
    """A smear at 1/250 s names a shutter at which the same car is not smeared."""
    moving = 7.0
    red = findings(width=160, down_px=moving, shutter_us=4000)["smear"]
    assert red.colour is Colour.RED
    assert red.advice.startswith("shutter 1/")
    wanted_us = 1e6 / float(red.advice.split("/")[1].split()[0])
    after = findings(width=160, down_px=moving * wanted_us / 4000, shutter_us=int(wanted_us))
    assert after["smear"].colour is Colour.GREEN


@pytest.mark.parametrize(
    ("shutter_us", "colour"), [(1000, "green"), (1500, "amber"), (4000, "red"), (0, "amber")]
)
def test_the_shutter_is_held_against_the_posted_speed(shutter_us: int, colour: str) -> None:
    """At 90 km/h 1/1000 s is enough, whatever the car in the picture did."""
    found = findings(width=160, speed=90.0, shutter_us=shutter_us)["shutter at the posted speed"]
    assert found.colour == colour
    assert ("source.shutter_us = 1010" in found.advice) == (colour != "green")


def test_what_could_not_be_measured_is_red() -> None:
    """An unreadable plate is never told as a good one."""
    nothing = Aim(160.0, 0.0, None, None, None, None, 100.0, 0.0, 0.0)
    found = advise(nothing)
    assert worst(found) is Colour.RED
    assert {one.name for one in found if one.value is None} == {
        "character height",
        "stroke",
        "softness",
        "smear",
    }


def test_the_whole_is_as_bad_as_its_worst() -> None:
    """No finding at all is red too."""
    assert worst(()) is Colour.RED
    green = Finding("x", 1.0, "px", Colour.GREEN)
    assert worst((green,)) is Colour.GREEN
    assert worst((green, Finding("y", 1.0, "px", Colour.AMBER, "z"))) is Colour.AMBER

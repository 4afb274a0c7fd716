"""The lamp: what it shows, and that it goes dark rather than lie."""

from pathlib import Path

import pytest

from edge.config.led import LedSection
from edge.services.led import Led, Shown, open_led

BLINKS = ("delay_on", "delay_off")


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """Return an LED as the kernel shows it; the delays come with the trigger."""
    folder = tmp_path / "edge:green:status"
    folder.mkdir()
    for name, text in (("trigger", "none"), ("brightness", "0"), ("max_brightness", "255\n")):
        (folder / name).write_text(text)
    return folder


def told(sysfs: Path, *names: str) -> list[str]:
    return [(sysfs / name).read_text() for name in names]


def test_patterns(sysfs: Path) -> None:
    """Steady while it reads, a short flash while paused, fast in trouble, dark at the end."""
    led = open_led(LedSection(name=sysfs.name), sysfs.parent)
    assert led is not None
    led.show(Shown.WATCHING)
    assert told(sysfs, "trigger", "brightness") == ["none", "255"]
    led.show(Shown.PAUSED)
    assert told(sysfs, "trigger", *BLINKS) == ["timer", "100", "1900"]
    led.show(Shown.TROUBLE)
    assert told(sysfs, "trigger", *BLINKS) == ["timer", "250", "250"]
    led.show(Shown.DARK)
    assert told(sysfs, "trigger", "brightness") == ["none", "0"]


def test_the_same_again_is_not_written(sysfs: Path) -> None:
    """Each second's look costs no write: the kernel would begin to blink anew."""
    led = Led(sysfs)
    led.show(Shown.PAUSED)
    (sysfs / "delay_on").write_text("untouched")
    led.show(Shown.PAUSED)
    assert told(sysfs, "delay_on") == ["untouched"]


def test_a_lamp_that_cannot_blink_goes_dark(sysfs: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A steady light over a paused unit would be a lie: dark, told once, tried again."""
    led = Led(sysfs)
    led.show(Shown.WATCHING)
    (sysfs / "delay_on").mkdir()  # a kernel without the timer
    for _ in range(3):
        led.show(Shown.PAUSED)
    assert told(sysfs, "brightness") == ["0"]
    assert "cannot show paused" in led.problem
    assert len(caplog.records) == 1
    (sysfs / "delay_on").rmdir()
    led.show(Shown.PAUSED)
    assert (led.problem, told(sysfs, "trigger")) == ("", ["timer"])


def test_no_lamp(tmp_path: Path) -> None:
    """Without a name there is none; one that is not there is a sentence, and ends nothing."""
    assert open_led(LedSection(name="")) is None
    led = Led(tmp_path / "gone")
    led.show(Shown.WATCHING)
    assert "the lamp gone cannot show watching: No such file" in led.problem

"""The lamp: what it shows, and that it goes dark rather than lie."""

from pathlib import Path

import pytest

from edge.config.led import LedSection
from edge.services.led import Led, Shown, open_led

BLINKS = ("delay_on", "delay_off")


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """Return an LED as the kernel shows it, with the trigger that a rule of udev has set."""
    folder = tmp_path / "edge:green:status"
    folder.mkdir()
    for name, text in (("trigger", "none [timer]\n"), ("delay_on", "0\n"), ("delay_off", "0\n")):
        (folder / name).write_text(text)
    return folder


def told(sysfs: Path, *names: str) -> list[str]:
    return [(sysfs / name).read_text() for name in names]


def test_patterns(sysfs: Path) -> None:
    """Steady while it reads, a flash while paused, fast in trouble, dark at the end, else gaps."""
    led = open_led(LedSection(name=sysfs.name), sysfs.parent)
    assert led is not None
    led.show(Shown.WATCHING)
    assert told(sysfs, *BLINKS) == ["1000", "0"]
    led.show(Shown.PAUSED)
    assert told(sysfs, *BLINKS) == ["100", "1900"]
    led.show(Shown.TROUBLE)
    assert told(sysfs, *BLINKS) == ["250", "250"]
    led.show(Shown.SERVICE)
    assert told(sysfs, *BLINKS) == ["900", "100"]
    led.show(Shown.DARK)
    assert told(sysfs, *BLINKS) == ["0", "1000"]
    assert told(sysfs, "trigger") == ["none [timer]\n"], "its delays would become root's"


def test_the_trigger_is_set_where_nobody_did(sysfs: Path) -> None:
    """Without the rule of udev the lamp is tried all the same, as root may."""
    (sysfs / "trigger").write_text("[none] timer\n")
    Led(sysfs).show(Shown.PAUSED)
    assert told(sysfs, "trigger") == ["timer"]


def test_the_same_again_is_not_written(sysfs: Path) -> None:
    """Each second's look costs no write: the kernel would begin to blink anew."""
    led = Led(sysfs)
    led.show(Shown.PAUSED)
    (sysfs / "delay_on").write_text("untouched")
    led.show(Shown.PAUSED)
    assert told(sysfs, "delay_on") == ["untouched"]


def test_a_lamp_that_cannot_show_a_pause_does_not_stay_lit(
    sysfs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A steady light over a paused unit would be a lie: not steady, told once, tried again."""
    led = Led(sysfs)
    led.show(Shown.WATCHING)
    (sysfs / "delay_off").unlink()
    (sysfs / "delay_off").mkdir()  # a file that cannot be written
    for _ in range(3):
        led.show(Shown.PAUSED)
    assert told(sysfs, "delay_on") == ["0"], "steady over a paused unit"
    assert "cannot show paused" in led.problem
    assert len([one for one in caplog.records if "cannot show" in one.getMessage()]) == 1
    (sysfs / "delay_off").rmdir()
    led.show(Shown.PAUSED)
    assert (led.problem, told(sysfs, *BLINKS)) == ("", ["100", "1900"])


def test_no_lamp(tmp_path: Path) -> None:
    """Without a name there is none; one that is not there is a sentence, and ends nothing."""
    assert open_led(LedSection(name="")) is None
    led = Led(tmp_path / "gone")
    led.show(Shown.WATCHING)
    assert "the lamp gone cannot show watching: No such file" in led.problem


@pytest.mark.parametrize("count", [2, 3, 6])
def test_a_code_is_so_many_flashes_and_a_pause(sysfs: Path, count: int) -> None:
    """The kernel's own pattern shows it for ever: flashes with gaps, then two dark seconds."""
    (sysfs / "trigger").write_text("[none] timer pattern\n")
    (sysfs / "max_brightness").write_text("255\n")
    led = Led(sysfs)
    led.flash(count)
    assert told(sysfs, "trigger", "repeat") == ["pattern", "-1"]
    numbers = [int(one) for one in told(sysfs, "pattern")[0].split()]
    steps = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert [one for one in steps if one == (255, 200)] == [(255, 200)] * count
    assert steps[-2:] == [(0, 2000), (0, 0)]
    assert [span for level, span in steps if level == 0 and span] == [300] * (count - 1) + [2000]
    assert led.problem == ""


def test_a_kernel_without_patterns_shows_trouble(sysfs: Path) -> None:
    """Without the trigger it blinks fast, and says that this is no code."""
    Led(sysfs).flash(3)
    led = Led(sysfs)
    led.flash(3)
    assert told(sysfs, *BLINKS) == ["250", "250"]
    assert "no trigger 'pattern'" in led.problem


def test_a_lamp_that_cannot_flash_is_told(tmp_path: Path) -> None:
    """No lamp there: a problem, not an error that hides the card's."""
    led = Led(tmp_path / "none")
    led.flash(2)
    assert "cannot flash" in led.problem

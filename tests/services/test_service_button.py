"""The button: found by its key, counted when it was held, told when it is gone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import ServiceError
from edge.services.service_button import EVENT, Button, find_button, listen
from tests.fakes import FakeClock

PROG1 = 148
POWER = 116


def event(code: int, value: int, kind: int = 1) -> bytes:
    return EVENT.pack(0, 0, kind, code, value)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """Return a pipe that stands for the kernel's device, and its writing end."""
    file = tmp_path / "event0"
    os.mkfifo(file)
    keep = os.open(file, os.O_RDWR)
    yield file, keep
    os.close(keep)


def kernel(folder: Path, bitmaps: dict[str, str]) -> Path:
    for name, bitmap in bitmaps.items():
        place = folder / name / "device/capabilities"
        place.mkdir(parents=True)
        (place / "key").write_text(f"{bitmap}\n")
    return folder


def test_it_is_found_by_its_key(tmp_path: Path) -> None:
    """Of a power button, ours and a mouse, by the kernel's bitmaps."""
    bitmaps = {"event0": "10000000000000 0", "event1": "100000 0 0", "event2": "70000 0 0 0 0"}
    found = find_button(PROG1, kernel(tmp_path, bitmaps), Path("/dev/input"))
    assert found == [Path("/dev/input/event1")]
    assert find_button(POWER, tmp_path, Path("/dev/input")) == [Path("/dev/input/event0")]
    with pytest.raises(ServiceError, match="keycode=300 in /boot/firmware"):
        find_button(300, tmp_path)


def test_it_counts_once_when_it_was_held(device: tuple[Path, int]) -> None:
    """A bump does not count, held long enough it does while it is down, and then not again."""
    file, kept = device
    clock = FakeClock()
    button = Button([file], PROG1, 1.0, clock)
    button.open()
    os.write(kept, event(PROG1, 1))
    assert not button.wait()
    os.write(kept, event(PROG1, 0))
    clock.advance(5)
    assert not button.wait(), "it was let go"
    os.write(kept, event(POWER, 1) + event(0, 0, kind=0))
    clock.advance(5)
    assert not button.wait(), "another key"
    os.write(kept, event(PROG1, 1))
    assert not button.wait()
    os.write(kept, event(PROG1, 2))  # the kernel's own repetition
    clock.advance(1)
    assert button.wait()
    clock.advance(10)
    assert not button.wait(), "it is still down: once is enough"
    button.close()


def test_each_press_writes_the_file_that_systemd_looks_at(
    device: tuple[Path, int], tmp_path: Path
) -> None:
    """Until it is told to end."""
    file, kept = device
    clock, left, told = FakeClock(), [3, 2, 1, 0], list[str]()
    os.write(kept, event(PROG1, 1))
    button = Button([file], PROG1, 0.0, clock)
    listen(button, tmp_path / "pressed", lambda: bool(left.pop(0)), told.append)
    assert (tmp_path / "pressed").read_text() == "pressed\n"
    assert told == ["the button was pressed"]


def test_a_button_that_is_gone_is_told(tmp_path: Path) -> None:
    """No device, or one that ends: an error, for systemd to start it again."""
    with pytest.raises(ServiceError, match="cannot be read"):
        Button([tmp_path / "none"], PROG1, 0.0, FakeClock()).open()
    (tmp_path / "ended").touch()
    os.mkfifo(tmp_path / "pipe")
    button = Button([tmp_path / "pipe"], PROG1, 0.0, FakeClock())
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    button.open()
    os.close(writer)
    writer = os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)
    os.close(writer)
    with pytest.raises(ServiceError, match="is gone"):
        button.wait()
    button.close()

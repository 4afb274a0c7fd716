# ruff: noqa: ARG002 - a fake answers the same, whatever it is asked
"""A unit that a test fills, with a picture to draw on and zones that are checked as they are."""

import io
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from edge.config import load
from edge.config.tuning_file import amended, written
from edge.errors import ConfigError
from tests.web.tuning.fake_desk import FakeRoom, FakeSettings, ServedTuning

WIDE, HIGH = 1280, 720


class DrawnRoom(FakeRoom):
    """Shows a grey street in which one plate stands left and another drives down on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        blank = io.BytesIO()
        Image.new("RGB", (WIDE, HIGH), (90, 96, 90)).save(blank, "JPEG")
        self._jpeg = blank.getvalue()

    def look(
        self, after: int, number: int, speed_kmh: float, aim: tuple[int, int] | None = None
    ) -> dict[str, Any]:
        if not number:
            time.sleep(0.05)
            self.number += 1
        shown = number or self.number
        said = super().look(after, number, speed_kmh)
        return {**said, "look": _look(shown), "oldest": 1, "newest": self.number}

    def picture(self, number: int) -> bytes | None:
        return self._jpeg


class DrawnSettings(FakeSettings):
    """Refuses what the daemons would refuse, in their words; keeps what is saved at once."""

    def propose(self, changes: Mapping[str, str]) -> dict[str, Any]:
        found = super().propose(changes)
        self._checked(changes)
        return found

    def save(self, changes: Mapping[str, str], who: str, why: str) -> int:
        self.values.update(self._checked(changes))
        number = super().save(changes, who, why)
        result = {"kept": True, "number": 3, "sentence": "version 3 is in force"}
        self.told = {
            "number": number, "kind": "save", "running": False, "sentence": "", "share": None,
            "result": result, "problem": "",
        }  # fmt: skip
        return number

    def _checked(self, changes: Mapping[str, str]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "tuning.toml"
            file.write_text(written(amended({}, changes)), "utf-8")
            try:
                zones = load([file]).settings.zones.model_dump(mode="json")
            except ConfigError as error:
                raise ConfigError(str(error).replace(str(file), "proposal")) from None
        return {path: zones[path.partition(".")[2]] for path in changes if path[:6] == "zones."}


class ServedDrawing(ServedTuning):
    """The pages over both."""

    def __init__(self) -> None:
        super().__init__(DrawnRoom(), DrawnSettings())


def _look(number: int) -> dict[str, Any]:
    down = 100.0 + 20 * (number % 20)
    boxes = [(200.0, 300.0, 320.0, 330.0), (900.0, down, 1000.0, down + 25)]
    return {
        "number": number, "frame": number, "at": f"2026-11-23T08:00:{number % 60:02}.000Z",
        "wide": WIDE, "high": HIGH, "shown": [WIDE, HIGH], "channels": 3, "reason": "moving",
        "listed": True, "masked": True, "shutter_us": 500, "dropped": 0, "stage_ms": {},
        "plates": [_plate(one, index) for index, one in enumerate(boxes)],
        "tracks": [_track(one, index) for index, one in enumerate(boxes)],
    }  # fmt: skip


def _plate(box: tuple[float, float, float, float], track: int) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    return {
        "corners": [[x1, y1], [x2, y1], [x2, y2], [x1, y2]], "state": "read", "own": False,
        "text": "▮▮▮", "p": 0.9, "characters": [], "jurisdiction": "", "track": track, "why": "",
        "aim": None,
    }  # fmt: skip


def _track(box: tuple[float, float, float, float], number: int) -> dict[str, Any]:
    return {
        "number": number, "box": box, "reads": 4, "direction": "standing", "own": False,
        "text": "", "p": 0.0, "why": "not matched: on no list",
    }  # fmt: skip

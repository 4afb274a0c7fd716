"""Shutter and gain: what is asked of a camera, and what it can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exposure:
    """Shutter and analogue gain; 0 leaves either to the camera.

    Attributes:
        shutter_us: microseconds that each row is exposed.
        gain: a factor; V4L2 cameras have units of their own.
    """

    shutter_us: int = 0
    gain: float = 0.0

    def controls(
        self, offered: Mapping[str, tuple[Any, ...]], before: "Exposure | None" = None
    ) -> tuple[dict[str, float], list[str]]:
        """Return libcamera's controls for it, and sentences on what the camera cannot do.

        Args:
            offered: control name to (least, most, default), as the camera lists them.
            before: what is in force; a value that goes back to automatic must be said, one that
                always was automatic need not.
        """
        before = before or Exposure()
        wanted = (
            ("ExposureTime", self.shutter_us, before.shutter_us, "shutter_us"),
            ("AnalogueGain", self.gain, before.gain, "gain"),
        )
        controls: dict[str, float] = {}
        complaints = []
        for control, value, former, key in wanted:
            if value == former == 0:
                continue
            if control not in offered:
                complaints.append(f"the camera has no {control}: source.{key} is ignored")
                continue
            controls[control] = value
            least, most = offered[control][:2]
            if value and not least <= value <= (most or value):
                complaints.append(
                    f"source.{key} = {value:g} is beyond the camera's {least:g} to {most:g}"
                )
        return controls, complaints

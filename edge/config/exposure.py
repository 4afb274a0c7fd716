"""Who steers shutter and gain."""

from typing import ClassVar, Literal

from pydantic import Field

from edge.config.base import Section


class ExposureSection(Section):
    """How a camera is exposed."""

    RELOADED: ClassVar = (
        "day_shutter_us",
        "day_gain",
        "night_shutter_us",
        "night_gain",
        "target",
        "bracket_stops",
    )

    mode: Literal["camera", "plate"] = Field(
        description="camera: source.shutter_us and gain, or itself where they are 0; plate: by "
        "plates that are read, within the limits below."
    )
    day_shutter_us: int = Field(
        description="Longest shutter by day; 1/(11 x km/h) s freezes a plate.", ge=30, le=100_000
    )
    day_gain: float = Field(description="Largest analogue gain by day.", ge=1, le=64)
    night_shutter_us: int = Field(
        description="Longest shutter while the limits of the day leave plates too dark.",
        ge=30,
        le=100_000,
    )
    night_gain: float = Field(description="Largest analogue gain then.", ge=1, le=64)
    target: float = Field(
        description="Grey level at which a plate's light parts should lie, of 255.", ge=60, le=240
    )
    bracket_stops: float = Field(
        description="After five minutes without a plate exposures alternate by so many stops; "
        "0 for never.",
        ge=0,
        le=3,
    )

"""Where a car is."""

from pydantic import Field

from edge.config.base import Seconds, Section


class GpsSection(Section):
    """The receiver of a car, asked through gpsd; a fixed pole needs none."""

    enabled: bool = Field(
        description="true in a car: alerts tell its place, not that of the section unit."
    )
    host: str = Field(
        description="Where gpsd runs; it proves nothing of itself, so keep it local.",
        pattern=r"^[A-Za-z0-9.:_-]{1,253}$",
    )
    port: int = Field(description="Port of gpsd.", ge=1, le=65535)
    max_age_s: float = Field(
        description="An older place is told as not known.", gt=0, le=3600, allow_inf_nan=False
    )
    slow_mps: float = Field(
        description="Slower than this, metres a second, the last good heading holds.", ge=0, le=10
    )
    camera_offset_deg: float = Field(
        description="Where the camera looks in the car: 0 ahead, 90 to the right, 180 behind.",
        ge=0,
        lt=360,
    )
    retry_first_s: Seconds = Field(description="First wait before gpsd is tried again.")
    retry_max_s: Seconds = Field(description="Longest such wait; it doubles up to here.")

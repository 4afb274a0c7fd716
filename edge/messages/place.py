"""Where the camera was: from the settings of a fixed pole, from a car's receiver, or not known."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from edge.config.unit import UnitSection
from edge.messages.wire import Short, Text, Wire, clip
from edge.records import Alert, Fix

Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees north, WGS 84.")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees east, WGS 84.")]
Heading = Annotated[
    float,
    Field(ge=0, lt=360, description="Where the camera looks, degrees clockwise from north."),
]


class Place(Wire):
    """Where the camera was when the plate passed."""

    name: Short = Field(description="The unit's own name for where it hangs, or which car it is.")
    source: Literal["site", "gps", "unknown"] = Field(
        description="site: a fixed pole; gps: a car's receiver; unknown: it has no fix, see note."
    )
    latitude: Latitude | None = Field(description="null: unknown.")
    longitude: Longitude | None = Field(description="null: unknown.")
    heading_deg: Heading | None = Field(description="null: unknown, as when standing.")
    speed_kmh: float | None = Field(
        ge=0.0, le=2000.0, description="Of the car over ground; null: a pole, or unknown."
    )
    error_m: float | None = Field(
        ge=0.0, le=1e6, description="The receiver's own estimate; null: none."
    )
    age_s: float | None = Field(
        ge=0.0, le=1e6, description="How old the fix was at captured; null: a pole, or unknown."
    )
    note: Text = Field(description="Why it is unknown; empty when it is known.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        nulls = {self.latitude is None, self.longitude is None, self.source == "unknown"}
        if len(nulls) > 1:
            raise ValueError("latitude and longitude stand together, or source is unknown")
        return self


def place_of(alert: Alert, unit: UnitSection) -> dict[str, Any]:
    """Return the fields of *alert*'s place; a car without a fix is never put at the site."""
    if alert.fix is not None:
        return _moving(alert, alert.fix, unit.place)
    known = not alert.no_fix
    return {
        "name": clip(unit.place, 80),
        "source": "site" if known else "unknown",
        "latitude": unit.latitude if known else None,
        "longitude": unit.longitude if known else None,
        "heading_deg": unit.heading_deg if known else None,
        "speed_kmh": None,
        "error_m": None,
        "age_s": None,
        "note": clip(alert.no_fix, 400),
    }


def _moving(alert: Alert, fix: Fix, name: str) -> dict[str, Any]:
    age_s = alert.hit.sighting.last_seen.since(fix.at)
    return {
        "name": clip(name, 80),
        "source": "gps",
        "latitude": round(fix.latitude, 6),  # 0.1 m
        "longitude": round(fix.longitude, 6),
        "heading_deg": None if fix.heading_deg is None else round(fix.heading_deg, 1) % 360.0,
        "speed_kmh": None if fix.speed_mps is None else round(fix.speed_mps * 3.6, 1),
        "error_m": None if fix.error_m is None else round(fix.error_m, 1),
        "age_s": round(max(0.0, age_s), 1),
        "note": "",
    }

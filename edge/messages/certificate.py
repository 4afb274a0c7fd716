"""The certificate of commissioning: what was measured when a unit was put up, signed by it.

Who holds the town's root can check it years later: the roster of its day travels in it.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from edge.messages.wire import Count, Digest, Name, Plate, Share, Short, Text, Time, Wire

KIND: Final = "certificate-of-commissioning"
LIMIT: Final = 8_000_000
_Picture = Annotated[str, Field(max_length=1_500_000)]
_Roster = Annotated[str, Field(max_length=4_000_000)]


class PassRow(Wire):
    """One pass of the test car, as the line told it; lengths in pixels where it is widest."""

    at: Time
    text: Plate
    read: bool
    confidence: Share
    reads: Count
    alerted: bool
    width_px: float | None
    character_px: float | None
    stroke_px: float | None
    tilt_deg: float | None
    across_px: float | None = Field(description="How far an edge is drawn out along the plate.")
    down_px: float | None = Field(description="And down it: more one way is smear, both softness.")
    contrast: float | None


class Point(Wire):
    """One demand, what was measured, and the verdict; None where it could not be judged."""

    name: Short
    measured: Short
    limit: Short
    passed: bool | None
    sentence: Text


class Certificate(Wire):
    """All of it."""

    v: Literal[1]
    town: Name
    unit: Name
    place: Text
    made_at: Time
    clock_trusted: bool
    installer: Short
    remarks: Annotated[str, Field(max_length=1000)]
    source: Text
    recording: bool = Field(description="Measured on a recording: the camera was not tried.")
    test_plates: Annotated[tuple[Plate, ...], Field(max_length=8)]
    passes_driven: Count
    passes: Annotated[tuple[PassRow, ...], Field(max_length=200)]
    frames: Count
    frames_per_s: float
    frames_dropped: Count
    latency_ms: float | None
    stage_ms: Annotated[dict[Short, float], Field(max_length=32)]
    temperature_c: float | None
    software: Short
    models: Annotated[dict[Short, Short], Field(max_length=8)]
    list_version: Text
    roster_number: Count
    law: Text
    settings: Digest
    changed: Annotated[tuple[tuple[Text, Text], ...], Field(max_length=400)] = Field(
        description="Settings that differ from the defaults; secrets are left out."
    )
    points: Annotated[tuple[Point, ...], Field(max_length=100)]
    passed: bool
    picture: _Picture = Field(
        description="Base64 of a JPEG of the view, every plate but the test plate covered; empty "
        "where the test car was never read."
    )
    covered: Count = Field(description="Plates that are covered in it.")
    roster: _Roster = Field(description="Base64 of the signed roster of that day.")

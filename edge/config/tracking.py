"""How reads become one sighting a pass."""

from typing import ClassVar

from pydantic import Field

from edge.config.base import Fraction, Seconds, Section


class TrackingSection(Section):
    """Assignment of detections to passes, and fusion of their reads."""

    RELOADED: ClassVar = ("*",)

    max_gap_s: Seconds = Field(description="A plate unseen for this long has left.")
    parked_gap_s: Seconds = Field(
        description="A plate that stood still may be hidden this long before it has left."
    )
    min_reads: int = Field(description="Fewer reads than this make no sighting.", ge=1)
    min_overlap: Fraction = Field(description="Least overlap (IoU) of a box with its prediction.")
    trust_in_read: Fraction = Field(
        description="Share of a read that is believed in fusion; the rest is spread evenly."
    )
    read_correlation: Fraction = Field(
        description="How much successive reads repeat each other's errors: 0 not at all, 1 wholly."
    )
    max_tracks: int = Field(description="At most this many passes at a time.", ge=1)

"""Which models run, and how sure they must be."""

from typing import ClassVar

from pydantic import Field

from edge.config.base import Fraction, Section


class DetectorSection(Section):
    """The plate detector."""

    RELOADED: ClassVar = (
        "min_score",
        "min_width",
        "max_plates",
        "look_again_over",
        "look_closer_under",
    )

    card: str = Field(
        description="Model card: a file's path, or the name of a card packed with edge."
    )
    min_score: Fraction = Field(description="Detections under this score are dropped.")
    min_width: float = Field(description="Plates narrower than this, in pixels, are dropped.", ge=0)
    max_plates: int = Field(description="At most this many plates a frame, best first.", ge=1)
    look_again_over: float = Field(
        description="A plate wider than this, in pixels of the detector's input, is looked at once "
        "more in a smaller picture; 0 never.",
        ge=0,
    )
    look_closer_under: float = Field(
        description="The best plate narrower than this, in pixels of the detector's input, and "
        "those near it are looked at once more at the frame's full resolution; 0 never.",
        ge=0,
    )
    threads: int = Field(description="Threads for the detector.", ge=1, le=16)


class ReaderSection(Section):
    """The plate reader."""

    RELOADED: ClassVar = ("margin", "look_again_below", "least_confidence")

    card: str = Field(
        description="Model card: a file's path, or the name of a card packed with edge."
    )
    margin: float = Field(
        description="Added around the plate before reading, as a fraction of its size.",
        ge=0,
        le=0.5,
    )
    look_again_below: Fraction = Field(
        description="A plate read less surely than this is read twice more from shifted crops, "
        "and the three count together; 0 never, 1 always."
    )
    least_confidence: Fraction = Field(
        description="Reads less sure than this as a whole are no reads (badges, signs)."
    )
    threads: int = Field(description="Threads for the reader.", ge=1, le=16)

"""What all sections of the settings have in common."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A frozen group of settings; unknown keys are refused, nothing is converted in silence.

    No field has a default in code: ``configs/default.toml`` is the one place where a default
    stands, so that what a person reads there is what runs.

    Attributes:
        RELOADED: the fields that a running watch takes between two frames; ``*`` for all. Any other
            needs a restart.
    """

    RELOADED: ClassVar[tuple[str, ...]] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0)]
Point = Annotated[tuple[Fraction, Fraction], Field(strict=False)]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3, max_length=40, strict=False)]

"""Polygons and a direction line drawn on the picture."""

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from edge.config.base import Point, Polygon, Section
from edge.config.shapes import flaw_of_arrow, flaw_of_polygon

_MOST: Final = 20  # polygons of a kind

Polygons = Annotated[tuple[Polygon, ...], Field(max_length=_MOST, strict=False)]


class ZonesSection(Section):
    """Points are fractions of the frame's width and height, so they survive a change of size."""

    RELOADED: ClassVar = ("*",)

    interest: Polygons = Field(
        description="Only plates whose centre lies in one of these count; none means everywhere."
    )
    ignore: Polygons = Field(description="Plates whose centre lies in one of these are dropped.")
    direction: tuple[Point, ...] = Field(
        description="Two points, from where to where cars go that come nearer; none: not drawn.",
        max_length=2,
        strict=False,
    )
    sense: Literal["approach", "leave", "both"] = Field(
        description="Which cars count by zones.direction: those along it, those against it, or all."
    )

    @field_validator("interest", "ignore")
    @classmethod
    def _clear(cls, polygons: tuple[Polygon, ...], info: ValidationInfo) -> tuple[Polygon, ...]:
        for number, polygon in enumerate(polygons, start=1):
            if flaw := flaw_of_polygon(polygon):
                raise _refused(f"{info.field_name} polygon {number}: {flaw}")
        return polygons

    @field_validator("direction")
    @classmethod
    def _pointing(cls, ends: tuple[Point, ...]) -> tuple[Point, ...]:
        if flaw := flaw_of_arrow(ends):
            raise _refused(f"the direction line {flaw}")
        return ends

    @model_validator(mode="after")
    def _drawn(self) -> Self:
        if self.sense != "both" and not self.direction:
            raise _refused(
                f"sense = '{self.sense}' needs a direction line to judge by: draw "
                "zones.direction, or let both ways count"
            )
        return self


def _refused(why: str) -> PydanticCustomError:
    return PydanticCustomError("shape", "{why}", {"why": why})


EVERYWHERE: Final = ZonesSection(interest=(), ignore=(), direction=(), sense="both")
"""No zone at all: zones are drawn for one camera's view, and hold for no other picture."""

"""Polygons drawn on the picture."""

from typing import ClassVar

from pydantic import Field

from edge.config.base import Polygon, Section


class ZonesSection(Section):
    """Points are fractions of the frame's width and height, so they survive a change of size."""

    RELOADED: ClassVar = ("*",)

    interest: tuple[Polygon, ...] = Field(
        description="Only plates whose centre lies in one of these count; none means everywhere.",
        strict=False,
    )
    ignore: tuple[Polygon, ...] = Field(
        description="Plates whose centre lies in one of these are dropped.", strict=False
    )

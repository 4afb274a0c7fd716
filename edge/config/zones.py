"""Polygons drawn on the picture."""

from typing import ClassVar, Final

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


EVERYWHERE: Final = ZonesSection(interest=(), ignore=())
"""No zone at all: zones are drawn for one camera's view, and hold for no other picture."""

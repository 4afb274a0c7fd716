"""The patrol console: its page, its memory, and what it takes for late."""

from typing import ClassVar, Literal

from pydantic import Field

from edge.config.page import PageSection


class ConsoleSection(PageSection):
    """One console, in a car or at dispatch; empty file names mean that the thing is not used."""

    NAME: ClassVar = "console"

    folder: str = Field(
        description="Where alerts, records and the officers' locked keys are kept.", min_length=1
    )
    late_after_s: float = Field(
        description="An alert that is older when it comes is history and never a siren.",
        gt=0,
        le=3600,
    )
    session_timeout_s: float = Field(
        description="An officer who does nothing for so long is logged out.", ge=30, le=86_400
    )
    moving_kmh: float = Field(
        description="Faster than this nothing can be typed: one tap answers.", gt=0, le=50
    )
    purge_after_s: float = Field(
        description="How long an officer may think again before a misread is erased everywhere.",
        ge=0,
        le=86_400,
    )
    tiles_folder: str = Field(description="Folder of map tiles, Z/X/Y.png; empty for no map.")
    wall: Literal["", "wall"] = Field(
        description="wall: the page for a large screen at dispatch; empty: for a car."
    )

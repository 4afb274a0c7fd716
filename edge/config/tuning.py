"""The technician's page: what the line sees, while somebody with a key looks."""

from typing import ClassVar

from pydantic import Field

from edge.config.page import PageSection


class TuningSection(PageSection):
    """One page on the unit; it is served only while ``edge run tuning`` runs."""

    NAME: ClassVar = "tuning"

    folder: str = Field(
        description="Where the technicians' locked keys are: officers in it.", min_length=1
    )
    session_timeout_s: float = Field(
        description="A technician who touches nothing for so long is logged out.", ge=30, le=86_400
    )
    speed_kmh: float = Field(
        description="Posted where the camera looks; the page judges the shutter by it, 0: not.",
        ge=0,
        le=300,
    )

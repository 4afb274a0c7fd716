"""Clips of the installer's own test car."""

from pydantic import Field

from edge.config.base import Section


class RecordSection(Section):
    """What ``edge record`` may keep, where the law allows clips at all."""

    keep_hours: float = Field(
        description="A clip is deleted by the reading daemon after this long.", gt=0, le=168
    )
    longest_s: float = Field(
        description="No clip is longer; it waits in memory until it is masked.", gt=0, le=120
    )

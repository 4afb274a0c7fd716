"""Reads that hit nothing: whether, how long and where they are kept."""

from pydantic import Field

from edge.config.base import Seconds, Section


class ReadsSection(Section):
    """Zero seconds is the default: what hits nothing is forgotten with the frame."""

    keep_s: Seconds = Field(
        description="How long a read that hit nothing is kept, sealed; 0: not at all, nowhere."
    )
    survive_reboot: bool = Field(
        description="Kept reads outlive a reboot: the archive holds a key for it until the limit."
    )
    folder: str = Field(
        description="Folder of the sealed reads; on the data partition.", min_length=1
    )
    budget_mb: int = Field(
        description="Sealed reads take at most this much: beyond it none is kept, and health says "
        "so.",
        ge=1,
    )

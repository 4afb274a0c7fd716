"""What survives a power cut."""

from pydantic import Field

from edge.config.base import Seconds, Section


class StoreSection(Section):
    """The database that watch and deliver share."""

    folder: str = Field(description="Folder of the database; on the data partition.")
    reserve_mb: int = Field(
        description="Space kept for alerts and audit: below this, pictures are no longer stored.",
        ge=1,
    )
    budget_mb: int = Field(
        description="Size of the database: beyond it the oldest pictures are dropped, then received"
        " alerts; none that waits.",
        ge=1,
    )
    crop_max_kb: int = Field(description="Largest JPEG of a plate in an alert.", ge=1, le=100)
    keep_unsent_s: Seconds = Field(
        description="A message without receipt is given up after this time, which is recorded; an"
        " alert after its category's keep_days if they end sooner."
    )
    keep_sent_s: Seconds = Field(
        description="A message with its receipt is erased after this time: answers, and alerts"
        " that were taken back; others stay for their category's keep_days."
    )

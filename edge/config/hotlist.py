"""Which list is in force, and how sightings are held against it."""

from pydantic import Field

from edge.config.base import Fraction, Seconds, Section


class HotlistSection(Section):
    """The local hotlist."""

    path: str = Field(description="CSV file; empty runs without a list, and health says so.")
    reload_s: Seconds = Field(description="How often the file is looked at for a newer list.")
    max_entries: int = Field(description="A longer list is refused.", ge=1)
    min_probability: Fraction = Field(
        description="Least probability of an entry's text, given what was seen, for a hit."
    )
    min_character: Fraction = Field(
        description="A character that the reader holds possible has at least this probability."
    )
    contested_character: Fraction = Field(
        description="A rival character from this probability on makes its place contested."
    )

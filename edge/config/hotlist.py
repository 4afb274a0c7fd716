"""Which list is in force, and how sightings are held against it."""

from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from edge.config.address import is_fetchable
from edge.config.base import Fraction, Seconds, Section
from edge.config.unit import Name

MOST_ENTRIES_FOR_EDITS: Final = 10_000


class HotlistSection(Section):
    """The local hotlist."""

    path: str = Field(description="CSV file; empty runs without a list, and health says so.")
    folder: str = Field(
        description="Where signed lists are installed; one there goes before path. Empty: none are."
    )
    list: Name = Field(description="Name of the signed list that this unit takes.")
    inbox: str = Field(
        description="Watched folder: a complete *.bundle in it is installed. Empty watches none."
    )
    sticks: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        description="Folders that are looked into and not written: a USB stick, the boot partition."
    )
    manifest_url: str = Field(
        description="https address of the town's signed manifest of lists; empty: none is polled."
    )
    poll_s: float = Field(
        description="Longest wait between two polls of the manifest; the shortest is half of it.",
        ge=1,
        le=3600,
    )
    manifest_ca_file: str = Field(
        description="CA of the server of lists, the town's perhaps; empty: the system's CAs."
    )
    manifest_certificate_file: str = Field(
        description="Client certificate, where the server of lists asks for one."
    )
    manifest_key_file: str = Field(
        description="The key of that certificate; others must not read it."
    )
    over_mqtt: bool = Field(
        description="Ask the town's list desk over the broker as well; for sites without the web."
    )
    max_bundle_mb: float = Field(description="A larger bundle is refused unread.", gt=0)
    max_unpacked_mb: float = Field(
        description="A bundle that unfolds to more than this is refused.", gt=0
    )
    max_reject_share: Fraction = Field(
        description="A list is refused whose importer left out a larger share of its rows."
    )
    urgent_hours: float = Field(
        description="Longest life of an urgent entry, which two keys sign.", gt=0, le=168
    )
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
    max_edits: int = Field(
        description="Wrong, lost or added characters that a match forgives, 0 or 1; 1 is refused "
        "for lists longer than 10000 entries, where it stops innocent cars.",
        ge=0,
        le=1,
    )
    listed_share: Fraction = Field(
        description="Share of passing cars that are on the list: how rare a true hit is."
    )
    plates_in_use: int = Field(
        description="How many different plates may pass; half a million entries are then hit "
        "by chance by 0.25 % of innocent cars.",
        ge=1,
    )

    @field_validator("manifest_url")
    @classmethod
    def _fetchable(cls, url: str) -> str:
        if url and not is_fetchable(url):
            raise ValueError("must be https://HOST/..., without a user; http only to localhost")
        return url

    @model_validator(mode="after")
    def _polled_lists_go_somewhere(self) -> Self:
        if self.over_mqtt and not (self.inbox and self.folder):
            raise ValueError("over_mqtt puts lists into inbox, for folder: set both")
        if self.manifest_url and not (self.inbox and self.folder):
            raise ValueError("manifest_url puts lists into inbox, for folder: set both")
        if bool(self.manifest_certificate_file) != bool(self.manifest_key_file):
            raise ValueError("manifest_certificate_file and manifest_key_file go together")
        return self

    @model_validator(mode="after")
    def _edits_on_short_lists_only(self) -> Self:
        if self.max_edits and self.max_entries > MOST_ENTRIES_FOR_EDITS:
            raise ValueError(
                f"max_edits = {self.max_edits} is refused for lists of more than "
                f"{MOST_ENTRIES_FOR_EDITS} entries, where one edit stops innocent cars every hour; "
                f"set max_edits = 0, or max_entries = {MOST_ENTRIES_FOR_EDITS} at most"
            )
        return self

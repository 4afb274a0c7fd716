"""What a mapping file says of an agency's file, from its bytes to our columns."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from edge.config.base import Fraction, Section
from edge.hotlist import fields as columns
from edge.hotlist.importing.places import Dates, Entered, Expires, Place, Plates, Where, Words
from edge.records import Category


class FileForm(Section):
    """How the bytes are cut into records."""

    form: Literal["delimited", "fixed"] = Field(description="Fields by a sign, or by their place.")
    encoding: Literal["utf-8", "latin-1", "cp1252", "cp037", "utf-16"] = Field(
        description="Of the text; utf-8 may and utf-16 must begin with a byte order mark."
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="Between fields.")
    quote: str = Field(
        default='"', max_length=1, description="Around fields; empty: there is none."
    )
    headings: bool = Field(default=True, description="The first record names the columns.")
    columns: int | None = Field(
        default=None, ge=1, description="How many fields a record has, where no headings say it."
    )
    breaks_in_quotes: bool = Field(
        default=False, description="A quoted field may go on in the next line."
    )
    record_length: int | None = Field(
        default=None, ge=1, description="Characters of a fixed record; others are rejected."
    )
    blanks_cut: bool = Field(
        default=False, description="Fixed records may have lost the spaces at their end."
    )
    line_breaks: bool = Field(
        default=True, description="False: fixed records follow each other without line breaks."
    )
    comments: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="Lines that begin so are no records."
    )
    issued: Literal["header", "modified", "asked"] = Field(
        description="Date of issue: from the header record, the file's own date, or --issued."
    )


class Count(Section):
    """A number of records that the agency states."""

    at: Place = Field(description="Where it stands.")
    counts: Literal["data", "all"] = Field(
        default="data", description="Whether header and trailer are counted as well."
    )


class Envelope(Section):
    """A header or trailer record; where a map has one, a file without it is refused."""

    where: Where = Field(description="How it is known.")
    issued: Dates | None = Field(default=None, description="Date of issue of the list.")
    records: Count | None = Field(default=None, description="Stated number of records.")


class Skip(Section):
    """Records to be left out and counted: other types, cancelled entries."""

    where: Where = Field(description="How they are known.")


class Fields(Section):
    """Where the columns of our list come from."""

    entry_id: Words = Field(description="The agency's own number of the entry.")
    plate: Plates = Field(description="One or several plates.")
    jurisdiction: Words = Field(
        default=Words(), description="Of the plate; as many places as plates: one for each."
    )
    category: Words = Field(description="One of ours, by codes or for all.")
    make: Words = Field(default=Words(), description="Of the vehicle.")
    model: Words = Field(default=Words(), description="Of the vehicle.")
    colour: Words = Field(default=Words(), description="Of the vehicle.")
    type: Words = Field(default=Words(), description="Of the vehicle.")
    caution: Words = Field(default=Words(), description="Shown before anybody walks up to the car.")
    reason: Words = Field(default=Words(), description="Why the plate is listed.")
    owner: Words = Field(default=Words(), description="Who can be asked whether it still holds.")
    entered: Entered = Field(description="Since when it is listed.")
    expires: Expires = Field(description="When it dies.")

    @field_validator("category")
    @classmethod
    def _our_categories(cls, words: Words) -> Words:
        for text in _meant(words):
            columns.category(text)
        return words

    @field_validator("jurisdiction")
    @classmethod
    def _our_jurisdictions(cls, words: Words) -> Words:
        for text in _meant(words):
            columns.jurisdiction(text)
        return words

    @field_validator("expires")
    @classmethod
    def _some_end(cls, expires: Expires) -> Expires:
        unknown = expires.after_days_by_category.keys() - {category.value for category in Category}
        if unknown:
            raise ValueError(f"after_days_by_category: no category of ours: {', '.join(unknown)}")
        if expires.date is None and expires.after_days is None:
            raise ValueError("an entry needs an end: set 'date', or 'after_days'")
        return expires


class Limits(Section):
    """When a file is refused whole, and the list in force stays."""

    rejects: int = Field(ge=0, description="More rejected records than this refuse the file.")
    rejects_share: Fraction = Field(description="So does a larger share of the records.")
    least_records: int = Field(default=1, ge=0, description="Fewer data records refuse the file.")


class Mapping(Section):
    """A whole mapping file."""

    name: str = Field(min_length=1, description="Whose file this is, for messages.")
    file: FileForm = Field(description="Bytes to records.")
    header: Envelope | None = Field(default=None, description="The first record.")
    trailer: Envelope | None = Field(default=None, description="The last record.")
    data: Skip | None = Field(default=None, description="If set, other records are rejected.")
    skip: Annotated[tuple[Skip, ...], Field(strict=False)] = Field(
        default=(), description="Records to be left out."
    )
    fields: Fields = Field(description="Records to our columns.")
    limits: Limits = Field(description="What is tolerated.")


def _meant(words: Words) -> list[str]:
    texts = [*words.codes.values(), words.constant]
    if words.otherwise is not None:
        texts.append(words.otherwise)
    return [text for text in texts if text]

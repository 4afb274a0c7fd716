"""Where in a record something stands, and when: the small parts of a mapping file.

Unlike the settings, a map leaves out what an agency's file has not; such keys have a default here.
"""

import re
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from edge.config.base import Section

_DIRECTIVES: Final = frozenset("YymdjbBHMSfzpI")


class Place(Section):
    """A column of a delimited file by name or number, or a run of characters of a fixed one."""

    column: str | Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Heading of the column, or its number from 1."
    )
    start: int | None = Field(default=None, ge=1, description="First character, from 1.")
    length: int | None = Field(default=None, ge=1, description="How many characters.")

    @model_validator(mode="after")
    def _one_kind(self) -> "Place":
        fixed = (self.start is not None, self.length is not None)
        if (self.column is not None) == any(fixed) or any(fixed) != all(fixed):
            raise ValueError("a place has either 'column', or 'start' and 'length'")
        return self


class Where(Place):
    """Which records are meant: those that have one of some texts at a place."""

    equals: tuple[str, ...] = Field(
        strict=False, min_length=1, description="Texts, compared without spaces at their ends."
    )


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, dict) else value


Places = Annotated[tuple[Place, ...], BeforeValidator(_as_tuple), Field(strict=False, min_length=1)]
PlacesOrNone = Annotated[tuple[Place, ...], BeforeValidator(_as_tuple), Field(strict=False)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]


class Dates(Section):
    """How a date is written; several places are joined by a space before they are read."""

    at: Places = Field(description="Where it stands.")
    formats: Texts = Field(
        min_length=1,
        description="strptime forms, e.g. %Y%m%d, %d/%m/%Y %H:%M, %y%j (day of the year).",
    )
    pivot: int | None = Field(
        default=None, ge=0, le=100, description="Two-digit years below it are 20xx, others 19xx."
    )
    zone: str = Field(default="UTC", description="Zone of dates that name none.")

    @field_validator("formats")
    @classmethod
    def _whole_dates(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for form in formats:
            used = set(re.findall(r"%(.)", form))
            if not used <= _DIRECTIVES:
                raise ValueError(
                    f"{form!r}: known are % and one of {' '.join(sorted(_DIRECTIVES))}"
                )
            if not (used & set("Yy") and ("j" in used or (used & set("mbB") and "d" in used))):
                raise ValueError(f"{form!r} does not give a year and a day")
        return formats

    @model_validator(mode="after")
    def _pivot_where_needed(self) -> "Dates":
        if self.pivot is None and any("%y" in form for form in self.formats):
            raise ValueError("%y is a year of two digits: set 'pivot' (below it 20xx, else 19xx)")
        return self

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, KeyError):
            raise ValueError("no such zone; write America/New_York, Europe/London, UTC") from None
        return zone


class Words(Section):
    """A column of words: from places, through a table of codes, or the same for all entries."""

    at: PlacesOrNone = Field(default=(), description="Where it stands; several are joined.")
    join: str = Field(default=" ", description="What is put between several places.")
    empty: Texts = Field(default=(), description="Texts that mean nothing is said: UNK, N/A.")
    codes: dict[str, str] = Field(default={}, description="The agency's codes and what they mean.")
    otherwise: str | None = Field(
        default=None, description="For codes not in the table; without it the record is rejected."
    )
    constant: str = Field(default="", description="The same for all entries; where nothing stands.")


class Plates(Section):
    """The plates of a record: from several places, or repeated in one."""

    at: Places = Field(description="Where a plate stands; each place may hold one.")
    separator: str = Field(default="", description="Between plates in one place; empty: one plate.")
    remove: str = Field(default="", description="Further signs to take out besides spaces . - .")
    empty: Texts = Field(default=(), description="Texts that mean no plate: NONE, UNK.")
    any_one: str = Field(
        default="", max_length=1, description="Their sign for one unknown character."
    )
    any_number: str = Field(
        default="", max_length=1, description="Their sign for any number of unknown characters."
    )
    missing: str = Field(
        default="reject", pattern="^(reject|skip)$", description="A record without any plate."
    )


class Entered(Dates):
    """Since when an entry stands on the list."""

    missing: str = Field(
        default="reject",
        pattern="^(reject|issued)$",
        description="A record without it is rejected, or takes the date of issue of the file.",
    )


class Expires(Section):
    """When an entry dies: by the agency's date, or a number of days after it was entered."""

    date: Dates | None = Field(default=None, description="Where and how the agency gives it.")
    last_day: bool = Field(
        default=False, description="The agency's date is the last day on which the entry holds."
    )
    after_days: int | None = Field(
        default=None, ge=1, description="Days after 'entered' where the agency gives no date."
    )
    after_days_by_category: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default={}, description="The same for single categories of ours."
    )

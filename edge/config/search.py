"""Searches: whether this unit takes any, how many, and what a case number looks like."""

import re
from typing import Annotated, Final

from pydantic import Field, field_validator

from edge.config.base import Section

ANYBODY: Final = "*"

CaseNumber = Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,31})=.+$", max_length=200)]
Purpose = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class SearchSection(Section):
    """What the town asks of a search, beside the law's profile."""

    enabled: bool = Field(description="Take searches from the broker; false: none is heard.")
    per_minute: int = Field(
        description="Searches that are looked at in a minute; more are dropped and counted.",
        ge=1,
        le=600,
    )
    purposes: tuple[Purpose, ...] = Field(
        description="The town's own list, of those that the law's profile has; empty: all of them.",
        strict=False,
    )
    case_numbers: Annotated[tuple[CaseNumber, ...], Field(min_length=1, strict=False)] = Field(
        description="WHO=PATTERN, a regular expression; WHO is a purpose, a partner, or * for all "
        "others."
    )
    folder: str = Field(
        description="Folder in which searches wait to be taken up; on the data partition.",
        min_length=1,
    )

    @field_validator("case_numbers")
    @classmethod
    def _patterns(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            try:
                re.compile(one.partition("=")[2])
            except re.error as error:
                raise ValueError(f"{one!r} holds no regular expression: {error}") from None
        who = [one.partition("=")[0] for one in given]
        if len(set(who)) != len(who) or ANYBODY not in who:
            raise ValueError(f"names each WHO once, and {ANYBODY} for all others")
        return given

    def case_number(self, *who: str) -> re.Pattern[str]:
        """Return what a case number must look like for the first of *who* that has a line."""
        known = dict(one.split("=", 1) for one in self.case_numbers)
        return re.compile(next((known[one] for one in who if one in known), known[ANYBODY]))

"""Other versions of the software: when they are taken, and what they must show."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from edge.config.base import Section

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def minutes(window: str) -> tuple[int, int]:
    """Return the first minute of the day in *window*, and the one after its last.

    Raises:
        ValueError: it is not written ``02:00-04:30``.
    """
    found = _WINDOW.fullmatch(window)
    if found is None:
        raise ValueError("is written HH:MM-HH:MM, as 02:00-04:30; the same twice is all day")
    first, then, last, end = map(int, found.groups())
    return first * 60 + then, last * 60 + end


def _window(text: str) -> str:
    minutes(text)
    return text


class UpdateSection(Section):
    """The updater (root's own service); watch tells of it in health and on the chain."""

    enabled: bool = Field(description="Take signed updates; false: only by hand.")
    folder: str = Field(
        description="Root's own: where it stands, the root it believes; watched: inbox in it.",
        min_length=1,
    )
    sticks: tuple[str, ...] = Field(
        description="Folders that are looked into and never written.", strict=False
    )
    window: Annotated[str, AfterValidator(_window)] = Field(
        description="The quiet hour, by the unit's own time zone; the same twice is all day."
    )
    quiet_s: float = Field(
        description="No car passed for so long before the switch.", ge=0, le=3600
    )
    trial_s: float = Field(
        description="Within it frames, self-test clip and broker, or the version before returns.",
        ge=30,
        le=1800,
    )
    hold_s: float = Field(description="For so long all of it at once.", ge=1, le=120)
    starts: int = Field(
        description="So many starts of the machine during a trial count as its failure.",
        ge=1,
        le=10,
    )

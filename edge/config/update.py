"""Other versions of the software: when they are taken, and what they must show."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from edge.config.address import is_fetchable
from edge.config.base import Section

DAY_MIN = 24 * 60
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


def within(window: str, minute: int) -> bool:
    """Say whether *minute* of the day lies in *window*."""
    first, last = minutes(window)
    return first == last or (minute - first) % DAY_MIN < (last - first) % DAY_MIN


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
        le=1020,  # under the end of a try, twenty minutes after its start (edge-try.timer)
    )
    hold_s: float = Field(description="For so long all of it at once.", ge=1, le=120)
    starts: int = Field(
        description="So many starts of the machine during a trial count as its failure.",
        ge=1,
        le=10,
    )
    fetch_url: str = Field(
        description="https address of a folder with index.json and releases; empty: none is asked."
    )
    fetch_ca_file: str = Field(
        description="CA of that server, the town's perhaps; empty: the system's CAs."
    )
    fetch_every_s: float = Field(
        description="How often that server is asked.", ge=60, le=7 * 86_400
    )
    fetch_window: Annotated[str, AfterValidator(_window)] = Field(
        description="Only then is it asked and loaded from, as window; the same twice is all day."
    )
    fetch_kbit_s: float = Field(
        description="Loaded no faster on average, for alerts share the line; 0: no limit.", ge=0
    )
    fetch_limit_mb: float = Field(description="A larger release is not loaded.", gt=0)
    fetch_leave_mb: float = Field(
        description="Space that loading leaves free on the disk, for alerts and the update itself.",
        ge=0,
    )

    @field_validator("fetch_window")
    @classmethod
    def _long(cls, window: str) -> str:
        first, last = minutes(window)
        if 0 < (last - first) % DAY_MIN < 60:
            raise ValueError(
                "must last an hour: the units of a town come one after the other in it"
            )
        return window

    @field_validator("fetch_url")
    @classmethod
    def _folder(cls, url: str) -> str:
        if url and not (is_fetchable(url) and url.endswith("/") and not {"?", "#"} & set(url)):
            raise ValueError(
                "must be https://HOST/.../, with a / at its end and no user; http only to localhost"
            )
        return url

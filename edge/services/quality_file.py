"""The last day's quality by hour and lane, in memory, for whoever stands beside the unit.

Sums alone. Watch writes it; ``edge check`` draws it. It is gone with the machine's memory.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.policy.quality import HOURS, LANES, HourSums, Sums

FILE: Final = "quality.json"


class _Sums(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    passes: int = Field(ge=0)
    reads: int = Field(ge=0)
    agreed: int = Field(ge=0)
    bits: float = Field(ge=0.0, allow_inf_nan=False)
    valid: int = Field(ge=0)


class _Hour(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hour: int = Field(ge=0)
    lanes: list[_Sums] = Field(min_length=LANES, max_length=LANES)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hours: list[_Hour] = Field(max_length=HOURS)


def write_hours(folder: Path, hours: Sequence[HourSums]) -> None:
    """Put the hours into *folder*.

    Raises:
        OSError: it cannot be written.
    """
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps({"hours": [asdict(one) for one in hours]}), "ascii")
    draft.replace(folder / FILE)


def read_hours(folder: Path) -> tuple[HourSums, ...] | None:
    """Return what a watch on this machine wrote last; None where there is nothing to be read."""
    try:
        found = _File.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return tuple(
        HourSums(one.hour, tuple(Sums(**lane.model_dump()) for lane in one.lanes))
        for one in found.hours
    )

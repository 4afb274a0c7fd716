"""What all models on the wire have in common: frozen, strict, bounded, no NaN."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


class Wire(BaseModel):
    """A frozen part of a message; unknown fields are refused, numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _real(text: str) -> str:
    datetime.fromisoformat(text)  # a ValueError becomes a sentence of pydantic's
    return text


def rfc3339(moment: datetime) -> str:
    """Return *moment*, which has a zone, as UTC with milliseconds: ``2026-01-31T12:00:00.123Z``."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def clip(text: str, length: int) -> str:
    """Return *text* on one line, cut visibly ("...") where it is longer than *length*.

    Our own alerts are never refused for a long remark on a list; what is cut shows as cut.
    """
    line = re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip()
    return line if len(line) <= length else line[: length - 3] + "..."


Time = Annotated[
    str,
    Field(pattern=_TIME, description="RFC 3339, UTC, milliseconds."),
    AfterValidator(_real),
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hex.")]
Short = Annotated[str, Field(max_length=80)]
Text = Annotated[str, Field(max_length=400)]
# What a person or a library wrote, of any length: health is never lost for a long sentence.
Sentence = Annotated[
    str,
    Field(max_length=400),
    BeforeValidator(lambda text: clip(text, 400) if isinstance(text, str) else text),
]
Plate = Annotated[str, Field(pattern=r"^[0-9A-Z]{0,16}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Milliseconds = Annotated[float, Field(ge=-1e12, le=1e12)]
Figures = Annotated[dict[Short, float], Field(max_length=32)]

"""What all acts of the chain have in common, and the types of their fields."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from edge.messages.wire import Name, Time, Wire, clip


class Act(Wire):
    """What a row of the chain tells: frozen, and no field more than its kind has."""


def _clipped(length: int) -> BeforeValidator:
    return BeforeValidator(lambda text: clip(text, length) if isinstance(text, str) else text)


def _real(text: str) -> str:
    if text:
        datetime.fromisoformat(text)  # a ValueError becomes a sentence of pydantic's
    return text


# Cut visibly where it is longer: no act is lost for a long sentence.
Told = Annotated[str, Field(max_length=400), _clipped(400)]
Brief = Annotated[str, Field(max_length=120), _clipped(120)]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
MaybeName = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,31})?$")]
When = Annotated[
    str,
    Field(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z)?$"),
    AfterValidator(_real),
]
Mark = Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$", description="Of a digest, hex.")]
Names = Annotated[tuple[Name, ...], Field(max_length=64)]
Seconds = Annotated[float, Field(ge=0.0, le=1e10)]

__all__ = [
    "Act",
    "Brief",
    "Mark",
    "MaybeName",
    "Name",
    "Names",
    "Seconds",
    "Time",
    "Told",
    "When",
    "Word",
]

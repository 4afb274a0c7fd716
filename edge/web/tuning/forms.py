"""What a browser may send to the technician's page about settings: every field checked."""

from typing import Annotated

from pydantic import Field

from edge.web.forms import Form

_Path = Annotated[str, Field(min_length=3, max_length=80, pattern=r"^[a-z_]+\.[a-z_]+$")]
_Value = Annotated[str, Field(min_length=1, max_length=20_000)]
_Changes = Annotated[dict[_Path, _Value], Field(min_length=1, max_length=100)]
_Why = Annotated[str, Field(max_length=200)]


class ProposeForm(Form):
    """Settings by name, each value as TOML writes it."""

    changes: _Changes


class CompareForm(ProposeForm):
    """And what they are to be tried on."""

    source: Annotated[str, Field(min_length=1, max_length=200)]


class SaveForm(ProposeForm):
    """And why."""

    why: _Why = ""


class BackForm(Form):
    """An earlier version, by its number."""

    number: Annotated[int, Field(ge=0, le=1_000_000)]
    why: _Why = ""


class MinuteForm(Form):
    """Whether the last minute is kept for comparisons."""

    armed: bool

"""What a browser may send to any page: every field checked, nothing more than is known here."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """Base of all: unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LogInForm(Form):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=400, repr=False)]


class Nothing(Form):
    """For acts that need no words."""

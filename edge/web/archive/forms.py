"""What a browser may send to the archive's page: every field checked."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Form(BaseModel):
    """Base of all: unknown fields are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LogInForm(Form):
    """Name, password, and the page that was asked for."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=400, repr=False)]
    go: Annotated[str, Field(pattern=r"^/([a-z0-9][a-z0-9/-]{0,200})?$")] = "/"


class Nothing(Form):
    """For acts that need no words."""

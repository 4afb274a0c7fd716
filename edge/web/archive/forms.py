"""What a browser may send to the archive's page: every field checked."""

from typing import Annotated

from pydantic import Field

from edge.web import forms


class LogInForm(forms.LogInForm):
    """Name, password, and the page that was asked for."""

    go: Annotated[str, Field(pattern=r"^/([a-z0-9][a-z0-9/-]{0,200})?$")] = "/"

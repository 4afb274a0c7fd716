"""Whether the camera still sees what it saw when it was put up."""

from pydantic import Field

from edge.config.base import Section


class DriftSection(Section):
    """The watch over the view; a car's camera has none."""

    enabled: bool = Field(description="Compare the view with that of the day of commissioning.")
    every_s: float = Field(
        description="Between two looks; fifteen of them make a view.", ge=10, le=600
    )

"""A lamp on the unit that tells whether it reads."""

from pydantic import Field

from edge.config.base import Section


class LedSection(Section):
    """Steady while it reads, a short flash every two seconds while paused, fast in trouble."""

    name: str = Field(
        description="An LED below /sys/class/leds that the watch daemon may write; empty: none.",
        pattern=r"^[A-Za-z0-9:_.-]{0,64}$",
    )

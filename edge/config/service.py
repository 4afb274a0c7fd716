"""Service access: the unit's own Wi-Fi, for whoever stands at it and presses its button."""

from typing import Annotated, Final

from pydantic import Field

from edge.config.base import Section

Private = Annotated[str, Field(pattern=r"^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){2,3}$")]
KEY_CODES: Final = 0x2FF  # the kernel's last


class ServiceSection(Section):
    """Nothing of it runs where ``wifi`` is false."""

    wifi: bool = Field(description="A press of the button opens the unit's own Wi-Fi.")
    interface: str = Field(
        description="The network device that becomes an access point.",
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,14}$",
    )
    address: Private = Field(description="The unit's address in its own Wi-Fi; a private one.")
    minutes: int = Field(description="So long it stays open after a press.", ge=1, le=120)
    button: int = Field(
        description="Key code of the button, as the kernel tells it; 148 is KEY_PROG1.",
        ge=1,
        le=KEY_CODES,
    )
    hold_s: float = Field(
        description="It counts as pressed when it was held so long.", ge=0.0, le=30.0
    )

"""Who and where this unit is."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from edge.config.base import Section

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class UnitSection(Section):
    """Identity and place; the names become MQTT topic levels."""

    town: Name = Field(description="Town that owns the unit: a-z, 0-9 and dashes.")
    name: Name = Field(description="This unit, unique in the town: a-z, 0-9 and dashes.")
    place: str = Field(description="Where it hangs, as an officer would say it.", max_length=80)
    latitude: float = Field(description="Degrees north, WGS 84.", ge=-90, le=90)
    longitude: float = Field(description="Degrees east, WGS 84.", ge=-180, le=180)
    heading_deg: float = Field(
        description="Where the camera looks, degrees clockwise from north.", ge=0, lt=360
    )
    jurisdiction: str = Field(
        description="Home of most cars here: us-ct, eu-de, ...", pattern=r"^[a-z]{2}(-[a-z]{2,3})?$"
    )


class ClockSection(Section):
    """When the clock is believed."""

    trust: Literal["kernel", "always"] = Field(
        description="kernel: believed once something has set it; always: the installer vouches."
    )


class KeysSection(Section):
    """Who this unit is to others, and whom it believes."""

    folder: str = Field(
        description="Folder of this unit's own keys, the town's root and the roster (edge keys)."
    )


class LogSection(Section):
    """How much is written to the journal."""

    RELOADED: ClassVar = ("*",)

    level: Literal["debug", "info", "warning", "error"] = Field(
        description="The least important lines that are kept."
    )


class RuntimeSection(Section):
    """Files that live in memory only."""

    folder: str = Field(description="Folder on tmpfs for the health file; gone after a reboot.")

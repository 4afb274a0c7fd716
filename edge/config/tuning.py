"""The technician's page: what the line sees, while somebody with a key looks."""

from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.page import PageSection

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - also on loopback


class TuningSection(PageSection):
    """One page on the unit; it is served only while ``edge run tuning`` runs."""

    NAME: ClassVar = "tuning"

    folder: str = Field(
        description="Where the technicians' locked keys are: officers in it.", min_length=1
    )
    clips: str = Field(
        description="Recordings on which settings may be compared; empty: clips in store.folder, "
        "where `edge record` puts them."
    )
    session_timeout_s: float = Field(
        description="A technician who touches nothing for so long is logged out.", ge=30, le=86_400
    )
    ends_after_s: float = Field(
        description="The page ends when nobody was logged in for so long; 0: never by itself.",
        ge=0,
        le=86_400,
    )
    speed_kmh: float = Field(
        description="Posted where the camera looks; the page judges the shutter by it, 0: not.",
        ge=0,
        le=300,
    )
    remote: bool = Field(
        description="Whether `edge run tunnel` lets technicians reach the page through the broker."
    )
    remote_port: int = Field(
        description="The broker's port for tunnels, at both ends; 0: delivery.port.", ge=0, le=65535
    )
    remote_kbit_s: int = Field(
        description="The unit sends no faster than this through a tunnel: alerts share the link.",
        ge=64,
        le=100_000,
    )
    remote_minutes: int = Field(
        description="A tunnel ends after so long; it may be asked for anew.", ge=1, le=60
    )
    remote_mb: int = Field(
        description="A tunnel ends after so many million bytes, both ways together.",
        ge=1,
        le=10_000,
    )

    @field_validator("remote")
    @classmethod
    def _reachable(cls, remote: bool, info: ValidationInfo) -> bool:
        address, port = info.data.get("address", ""), info.data.get("port", 0)
        if remote and not (is_loopback(address) or address in _EVERYWHERE):
            raise ValueError(
                f"a tunnel leads to this machine's loopback and nowhere else, and the page is at "
                f"{address}: set tuning.address to 127.0.0.1"
            )
        if remote and not port:
            raise ValueError("a tunnel needs to know the page's port: set tuning.port")
        return remote

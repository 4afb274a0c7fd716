"""The patrol console: its page, its memory, and what it takes for late."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.base import Section


class ConsoleSection(Section):
    """One console, in a car or at dispatch; empty file names mean that the thing is not used."""

    folder: str = Field(
        description="Where alerts, records and the officers' locked keys are kept.", min_length=1
    )
    address: str = Field(
        description="Address that the page is served on; any but loopback needs TLS.", min_length=1
    )
    port: int = Field(description="Port of the page; 0 takes a free one.", ge=0, le=65535)
    certificate_file: str = Field(description="The page's certificate, by the town's CA.")
    key_file: str = Field(description="The key of that certificate; others must not read it.")
    late_after_s: float = Field(
        description="An alert that is older when it comes is history and never a siren.",
        gt=0,
        le=3600,
    )
    session_timeout_s: float = Field(
        description="An officer who does nothing for so long is logged out.", ge=30, le=86_400
    )
    moving_kmh: float = Field(
        description="Faster than this nothing can be typed: one tap answers.", gt=0, le=50
    )
    purge_after_s: float = Field(
        description="How long an officer may think again before a misread is erased everywhere.",
        ge=0,
        le=86_400,
    )
    tiles_folder: str = Field(description="Folder of map tiles, Z/X/Y.png; empty for no map.")
    wall: Literal["", "wall"] = Field(
        description="wall: the page for a large screen at dispatch; empty: for a car."
    )

    @field_validator("key_file")
    @classmethod
    def _pair(cls, key_file: str, info: ValidationInfo) -> str:
        certificate = info.data.get("certificate_file", "")
        if bool(key_file) != bool(certificate):
            raise ValueError("certificate_file and key_file go together: set both or none")
        if not certificate and not is_loopback(info.data.get("address", "")):
            raise ValueError(
                "a page that leaves this machine needs console.certificate_file and "
                "console.key_file, by the town's CA"
            )
        return key_file

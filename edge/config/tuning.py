"""The technician's page: what the line sees, while somebody with a key looks."""

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.base import Section


class TuningSection(Section):
    """One page on the unit; it is served only while ``edge run tuning`` runs."""

    folder: str = Field(
        description="Where the technicians' locked keys are: officers in it.", min_length=1
    )
    address: str = Field(
        description="Address that the page is served on; any but loopback needs TLS.", min_length=1
    )
    port: int = Field(description="Port of the page; 0 takes a free one.", ge=0, le=65535)
    certificate_file: str = Field(description="The page's certificate, by the town's CA.")
    key_file: str = Field(description="The key of that certificate; others must not read it.")
    session_timeout_s: float = Field(
        description="A technician who touches nothing for so long is logged out.", ge=30, le=86_400
    )
    speed_kmh: float = Field(
        description="Posted where the camera looks; the page judges the shutter by it, 0: not.",
        ge=0,
        le=300,
    )

    @field_validator("key_file")
    @classmethod
    def _pair(cls, key_file: str, info: ValidationInfo) -> str:
        certificate = info.data.get("certificate_file", "")
        if bool(key_file) != bool(certificate):
            raise ValueError("certificate_file and key_file go together: set both or none")
        if not certificate and not is_loopback(info.data.get("address", "")):
            raise ValueError(
                "a page that leaves this machine needs tuning.certificate_file and "
                "tuning.key_file, by the town's CA"
            )
        return key_file

"""What the pages of console, archive and technician have in common: where they are served."""

from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.base import Section


class PageSection(Section):
    """One page; empty file names mean that it is served without TLS, on loopback alone.

    Attributes:
        NAME: of the section, for errors.
    """

    NAME: ClassVar[str]

    address: str = Field(
        description="Address that the page is served on; any but loopback needs TLS.", min_length=1
    )
    port: int = Field(description="Port of the page; 0 takes a free one.", ge=0, le=65535)
    certificate_file: str = Field(description="The page's certificate, by the town's CA.")
    key_file: str = Field(description="The key of that certificate; others must not read it.")

    @field_validator("key_file")
    @classmethod
    def _pair(cls, key_file: str, info: ValidationInfo) -> str:
        certificate = info.data.get("certificate_file", "")
        if bool(key_file) != bool(certificate):
            raise ValueError("certificate_file and key_file go together: set both or none")
        if not certificate and not is_loopback(info.data.get("address", "")):
            raise ValueError(
                f"a page that leaves this machine needs {cls.NAME}.certificate_file and "
                f"{cls.NAME}.key_file, by the town's CA"
            )
        return key_file

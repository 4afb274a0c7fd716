"""The town's archive: where it keeps things, for how long, and where its page is served."""

from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.base import Section

POSTGRESQL = "postgresql+psycopg"


class ArchiveSection(Section):
    """One archive, at town hall; empty file names mean that the thing is not used."""

    folder: str = Field(
        description="Its own folder, 0700; holds the database unless a server does.", min_length=1
    )
    database: str = Field(
        description="Empty: SQLite in the folder; or postgresql+psycopg://USER@HOST/DATABASE."
    )
    password_file: str = Field(
        description="File with that server's password, mode 0600; empty: pgpass, or none."
    )
    keep_outcomes_days: float = Field(
        description="Officers' outcomes, which may name plates, are erased after so many days.",
        ge=0.0,
        le=36_600.0,
    )
    keep_answers_days: float = Field(
        description="Answers to searches, sealed to who asked, are erased after so many days.",
        ge=0.0,
        le=36_600.0,
    )
    keep_queries_days: float = Field(
        description="Searches, sealed to units and auditors, are kept so long for their checks.",
        ge=0.0,
        le=36_600.0,
    )
    silent_after_s: float = Field(
        description="A unit that has not been heard for so long is told of as silent.", ge=5.0
    )
    address: str = Field(
        description="Address that the page is served on; any but loopback needs TLS.", min_length=1
    )
    port: int = Field(description="Port of the page; 0 takes a free one.", ge=0, le=65535)
    certificate_file: str = Field(description="The page's certificate, by the town's CA.")
    key_file: str = Field(description="The key of that certificate; others must not read it.")
    session_timeout_s: float = Field(
        description="Who does nothing for so long is logged out of the page.", ge=30, le=86_400
    )

    @field_validator("database")
    @classmethod
    def _server(cls, database: str) -> str:
        if not database:
            return database
        try:
            parts = urlsplit(database)
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"is no address of a database ({error})") from None
        if parts.scheme != POSTGRESQL:
            raise ValueError(f"is empty for SQLite, or {POSTGRESQL}://USER@HOST/DATABASE")
        if parts.password is not None:
            raise ValueError("holds a password: put it into archive.password_file, mode 0600")
        return database

    @field_validator("password_file")
    @classmethod
    def _whose(cls, password_file: str, info: ValidationInfo) -> str:
        if password_file and not info.data.get("database", ""):
            raise ValueError("a password needs a server; set archive.database")
        return password_file

    @field_validator("key_file")
    @classmethod
    def _pair(cls, key_file: str, info: ValidationInfo) -> str:
        certificate = info.data.get("certificate_file", "")
        if bool(key_file) != bool(certificate):
            raise ValueError("certificate_file and key_file go together: set both or none")
        if not certificate and not is_loopback(info.data.get("address", "")):
            raise ValueError(
                "a page that leaves this machine needs archive.certificate_file and "
                "archive.key_file, by the town's CA"
            )
        return key_file

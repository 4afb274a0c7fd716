"""The town's archive: where it keeps things, for how long, and where its page is served."""

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from edge.config.page import PageSection

POSTGRESQL = "postgresql+psycopg"


class ArchiveSection(PageSection):
    """One archive, at town hall; empty file names mean that the thing is not used."""

    NAME: ClassVar = "archive"

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

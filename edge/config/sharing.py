"""How the broker is asked who can receive what, and held against the grants."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge.config.address import is_fetchable
from edge.config.base import Section

Bridge = Annotated[str, Field(min_length=1, max_length=100)]


class SharingSection(Section):
    """What ``edge who-can-see`` and the archive ask; the broker itself is that of [delivery]."""

    broker: Literal["none", "dynsec", "acl", "rabbitmq"] = Field(
        description="What the broker is: mosquitto with dynamic security (asked itself) or with an"
        " ACL file, RabbitMQ; none: nobody asks, and it says so."
    )
    every_s: float = Field(ge=10.0, le=86_400.0, description="The archive asks this often.")
    port: int = Field(
        ge=0, le=65535, description="dynsec: the broker's port for the watcher; 0: delivery.port."
    )
    user: str = Field(
        max_length=100,
        description="The watcher's name at the broker; it is no party of the roster.",
    )
    password_file: str = Field(description="The watcher's password, mode 0600.")
    file: str = Field(
        description="acl: the broker's ACL file; rabbitmq: its exported definitions, if no url."
    )
    url: str = Field(description="rabbitmq: https address of its management; empty: read file.")
    bridges: tuple[Bridge, ...] = Field(
        strict=False, description="Bridges that are known to be there; any other is told."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.broker == "dynsec" and not (self.user and self.password_file):
            raise ValueError("dynsec needs the watcher: set user and password_file")
        if self.broker == "acl" and not self.file:
            raise ValueError("acl needs the broker's file: set file")
        if self.broker == "rabbitmq" and not (self.url or self.file):
            raise ValueError("rabbitmq needs url, or file with its exported definitions")
        if self.url and not is_fetchable(self.url):
            raise ValueError("url is asked only by https, or by http on this machine itself")
        if self.url and not (self.user and self.password_file):
            raise ValueError("the management asks who we are: set user and password_file")
        return self

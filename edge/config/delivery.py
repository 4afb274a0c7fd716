"""How alerts reach the broker."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from edge.config.address import is_loopback
from edge.config.base import Seconds, Section

Receiver = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Node = Annotated[str, Field(pattern=r"^[^\s:/]+:[1-9][0-9]{0,4}$")]


class DeliverySection(Section):
    """The MQTT connection; empty file names mean that the thing is not used."""

    host: str = Field(description="Name or address of the broker.", min_length=1)
    port: int = Field(description="Port of the broker.", ge=1, le=65535)
    others: tuple[Node, ...] = Field(
        description="More nodes of the same cluster, HOST:PORT; tried in turn when one fails.",
        strict=False,
    )
    protocol: Literal["5", "3.1.1"] = Field(description="MQTT version.")
    tls: bool = Field(description="Encrypt; false is refused unless the broker is on loopback.")
    ca_file: str = Field(description="The town's CA certificate; empty: the system's CAs.")
    certificate_file: str = Field(description="This unit's client certificate.")
    key_file: str = Field(description="The key of that certificate; others must not read it.")
    user: str = Field(description="User name, where the broker asks for one.")
    password_file: str = Field(description="File that holds the password, mode 0600.")
    receivers: tuple[Receiver, ...] = Field(
        description="Names whose receipt empties the outbox; each alert needs one of them.",
        strict=False,
    )
    keepalive_s: int = Field(description="MQTT keep-alive.", ge=5, le=3600)
    session_expiry_s: int = Field(
        description="How long the broker keeps our session.", ge=0, le=4_294_967_295
    )
    message_expiry_s: int = Field(
        description="The broker forgets an alert that nobody fetched for this long.",
        ge=1,
        le=4_294_967_295,
    )
    will_delay_s: int = Field(
        description="Offline is told after this long without us.", ge=0, le=4_294_967_295
    )
    retry_first_s: Seconds = Field(description="First wait before the broker is tried again.")
    retry_max_s: Seconds = Field(description="Longest such wait; it doubles up to here.")
    receipt_wait_s: Seconds = Field(
        description="An alert without a receipt is sent again after this time; doubles to 1 h."
    )
    window: int = Field(description="Alerts sent and not yet acknowledged.", ge=1, le=1000)
    health_every_s: float = Field(description="How often health is published.", gt=0)
    watch_silent_s: float = Field(
        description="Without a word from the watch daemon for this long, health says so.", gt=0
    )

    @field_validator("tls")
    @classmethod
    def _plain_stays_here(cls, tls: bool, info: ValidationInfo) -> bool:
        hosts = [info.data.get("host", "")]
        hosts += [node.rsplit(":", 1)[0] for node in info.data.get("others", ())]
        if not tls and not all(is_loopback(host) for host in hosts):
            raise ValueError("plain MQTT is refused unless the host is localhost; set tls = true")
        return tls

    @field_validator("key_file")
    @classmethod
    def _pair(cls, key_file: str, info: ValidationInfo) -> str:
        if bool(key_file) != bool(info.data.get("certificate_file", "")):
            raise ValueError("certificate_file and key_file go together: set both or none")
        return key_file

    @field_validator("password_file")
    @classmethod
    def _whose(cls, password_file: str, info: ValidationInfo) -> str:
        if password_file and not info.data.get("user", ""):
            raise ValueError("a password needs a user; set delivery.user")
        return password_file

    def nodes(self) -> tuple["DeliverySection", ...]:
        """Return these settings once for each node of the cluster, the first one's first."""
        others = (node.rsplit(":", 1) for node in self.others)
        return (
            self,
            *(self.model_copy(update={"host": host, "port": int(port)}) for host, port in others),
        )

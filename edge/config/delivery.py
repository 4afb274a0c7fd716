"""How alerts reach the broker."""

from typing import Literal

from pydantic import Field

from edge.config.base import Seconds, Section


class DeliverySection(Section):
    """The MQTT connection; empty file names mean that the thing is not used."""

    host: str = Field(description="Name or address of the broker.")
    port: int = Field(description="Port of the broker.", ge=1, le=65535)
    protocol: Literal["5", "3.1.1"] = Field(description="MQTT version.")
    tls: bool = Field(description="Encrypt; false is refused unless the broker is on loopback.")
    ca_file: str = Field(description="The town's CA certificate.")
    certificate_file: str = Field(description="This unit's client certificate.")
    key_file: str = Field(description="The key of that certificate.")
    user: str = Field(description="User name, where the broker asks for one.")
    password_file: str = Field(description="File that holds the password, mode 0600.")
    receivers: tuple[str, ...] = Field(
        description="Names whose receipt empties the outbox; each alert needs one of them.",
        strict=False,
    )
    keepalive_s: int = Field(description="MQTT keep-alive.", ge=5, le=3600)
    session_expiry_s: int = Field(description="How long the broker keeps our session.", ge=0)
    will_delay_s: int = Field(description="Offline is told after this long without us.", ge=0)
    retry_first_s: Seconds = Field(description="First wait before the broker is tried again.")
    retry_max_s: Seconds = Field(description="Longest such wait; it doubles up to here.")
    receipt_wait_s: Seconds = Field(
        description="An alert without a receipt is sent again after this time, doubling."
    )
    window: int = Field(description="Alerts sent and not yet acknowledged.", ge=1, le=1000)
    health_every_s: Seconds = Field(description="How often health is published.")

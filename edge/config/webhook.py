"""The webhook: alerts to one web address, for those who read no MQTT."""

from pydantic import Field, field_validator

from edge.config.address import is_fetchable
from edge.config.base import Seconds, Section


class WebhookSection(Section):
    """Where ``edge run webhook`` posts alerts to; it has keys, grant and store of its own."""

    url: str = Field(description="Where alerts are posted; https, or http on this machine.")
    secret_file: str = Field(
        description="File with the secret that signs each post, 32 characters or more, mode 0600."
    )
    ca_file: str = Field(description="The CA of that server; empty: the system's CAs.")
    picture: bool = Field(description="Post the picture of the plate with the alert, as base64.")
    folder: str = Field(
        description="Where alerts are kept, sealed, until the server has taken them.", min_length=1
    )
    timeout_s: Seconds = Field(description="A post without an answer has failed after this time.")
    retry_first_s: Seconds = Field(description="First wait after a post that failed.")
    retry_max_s: Seconds = Field(description="Longest such wait; it doubles up to here.")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        if url and not is_fetchable(url):
            raise ValueError("is posted to only by https, or by http on this machine itself")
        return url

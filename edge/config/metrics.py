"""Figures for the town's monitoring."""

from pydantic import Field

from edge.config.base import Section


class MetricsSection(Section):
    """What deliver tells a Prometheus on the same machine, or an agent that carries it on."""

    port: int = Field(
        description="Port of /metrics on 127.0.0.1, the only address it listens on; 0: off.",
        ge=0,
        le=65535,
    )

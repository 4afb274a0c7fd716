"""What a unit must reach before its installer leaves."""

from pydantic import Field

from edge.config.base import Fraction, Section


class CertifySection(Section):
    """Limits of the certificate of commissioning; they stand in it."""

    passes: int = Field(description="How often the test car drives by at least.", ge=1, le=50)
    captured_share: Fraction = Field(description="Share of passes in which its plate is found.")
    read_share: Fraction = Field(description="Share of passes that are read without a fault.")
    least_confidence: Fraction = Field(description="The median pass is read at least so surely.")
    latency_ms: float = Field(
        description="From the sensor to the decision, in half of all reads at most.", gt=0
    )
    least_fps: float = Field(description="Frames a second that the line looks at.", gt=0)
    dropped_share: Fraction = Field(description="Share of frames that the line was too slow for.")
    hot_c: float = Field(description="The processor stays under this.", gt=0, le=120)

"""Messages that a sender numbers, keeps and sends again until a receipt comes."""

from pydantic import Field

from edge.messages.envelope import Envelope
from edge.messages.wire import Count, Hex32


class Numbered(Envelope):
    """An envelope with a number that is never given twice: unit, epoch, sequence and revision."""

    epoch: Hex32 = Field(description="Of the sender's store; a new store has a new one.")
    sequence: int = Field(ge=1, le=2**53 - 1, description="Counts up in an epoch, never reused.")
    revision: Count = Field(description="Counts up for one sequence; the highest is the truth.")

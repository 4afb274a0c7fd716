"""What the technician's page may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Entered:
    """What a log-in brought.

    Attributes:
        token: for the browser's cookie; empty when refused.
        refused: why, as a sentence.
        wait_s: the next try is not looked at before.
    """

    token: str = field(default="", repr=False)
    refused: str = ""
    wait_s: float = 0.0


class TuningDesk(Protocol):
    """What one unit shows to one technician; every method may be called from any thread."""

    unit: str

    def names(self) -> Sequence[str]:
        """Return those who have keys on this machine."""

    def log_in(self, name: str, password: str) -> Entered:
        """Check a password, be let in by watch, and begin the one session; ends any other."""

    def visitor(self, token: str, *, active: bool = True) -> str:
        """Return who has this cookie; empty when the session ended or timed out.

        Args:
            active: somebody did something; False for what a page asks by itself.
        """

    def log_out(self, token: str) -> None:
        """End the session: watch records it, and nothing of what was seen is left."""

    def look(
        self, after: int, number: int, speed_kmh: float, aim: tuple[int, int] | None = None
    ) -> dict[str, Any]:
        """Return how the unit does, with the look *number*, or the newest after *after*.

        ``look`` in it is None where there is none: nothing new within a few seconds, or gone.

        Args:
            number: of a look in the last minute; 0 waits for a new one.
            aim: where in the frame the plate is that is to be measured; None: the test plate, or
                the widest.
        """

    def picture(self, number: int) -> bytes | None:
        """Return the JPEG of a look of the last minute; None when it is gone."""

    @property
    def speed_kmh(self) -> float:
        """What is posted there, as far as the settings know."""

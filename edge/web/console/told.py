"""What the console holds of one alert, as the logic of showing wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from edge.messages.alert_parts import AlertMessage
from edge.messages.outcome import Outcome, OutcomeMessage
from edge.records import Grade

_NS: Final = 1_000_000_000
AHEAD_S: Final = 10.0  # a time further in the future than this is no time


@dataclass(frozen=True, slots=True)
class Version:
    """One revision of an alert, and when it came.

    Attributes:
        captured_ns: sensor time by the unit; *captured_trusted*: the unit's clock was.
        received_ns: by this machine; *received_trusted*: its clock was.
        before: it came in an earlier run of this console.
    """

    revision: int
    grade: Grade
    captured_ns: int
    captured_trusted: bool
    received_ns: int
    received_trusted: bool
    before: bool = False

    @property
    def trusted(self) -> bool:
        """Whether the two times can be compared: neither clock is in doubt, nor ahead."""
        ahead_ns = self.captured_ns - self.received_ns
        return self.captured_trusted and self.received_trusted and ahead_ns <= AHEAD_S * _NS

    def live(self, late_after_s: float) -> bool:
        """Say whether it came while it was news; never so by times that cannot be compared."""
        age_ns = self.received_ns - self.captured_ns
        return self.trusted and age_ns <= late_after_s * _NS


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: its newest revision, and when each came.

    Attributes:
        versions: the oldest first; the last is the one of *message*. Never empty.
        touched: somebody stopped its siren here.
        crop: there is a picture.
    """

    number: str
    message: AlertMessage
    versions: tuple[Version, ...]
    touched: bool
    crop: bool

    @property
    def newest(self) -> Version:
        """The revision that is shown."""
        return self.versions[-1]

    @property
    def entry(self) -> "EntryKey":
        """What the list has it for: alerts of the same entry share a card."""
        entry = self.message.payload.entry
        return EntryKey(entry.owner, entry.entry_id, entry.plate or entry.partial)


class EntryKey(NamedTuple):
    """Names one entry of one list owner."""

    owner: str
    entry_id: str
    plate: str


@dataclass(frozen=True, slots=True)
class Word:
    """What one officer said of an alert.

    Attributes:
        own: at this console.
        received: somebody has confirmed it; always so for another console's.
    """

    message: OutcomeMessage
    own: bool
    received: bool = False

    @property
    def answered(self) -> bool:
        """Whether there is an answer to the blind question in it."""
        return bool(self.message.payload.blind.answered)


@dataclass(frozen=True, slots=True)
class Here:
    """This console at this moment.

    Attributes:
        trusted: this machine's clock is.
    """

    now_ns: int
    trusted: bool
    late_after_s: float
    moving: bool


def version(
    message: AlertMessage, received_ns: int, *, trusted: bool, before: bool = False
) -> Version:
    """Return when *message* came and what it was."""
    payload = message.payload
    return Version(
        revision=message.revision,
        grade=payload.grade,
        captured_ns=to_ns(payload.times.captured),
        captured_trusted=payload.clock_trusted,
        received_ns=received_ns,
        received_trusted=trusted,
        before=before,
    )


def to_ns(time: str) -> int:
    """Return nanoseconds since 1970 of a time of the contract."""
    return round(datetime.fromisoformat(time).timestamp() * 1000) * 1_000_000


def by_officer(words: Sequence[Word], officer: str) -> list[Word]:
    """Return what *officer* said at this console."""
    return [one for one in words if one.own and one.message.payload.officer == officer]


def newest_outcome(words: Sequence[Word]) -> str:
    """Return this console's newest outcome; empty where it has none but answers."""
    own = [one.message.payload.outcome for one in words if one.own]
    told = [outcome for outcome in own if outcome is not Outcome.ANSWERED]
    return told[-1].value if told else ""

"""Acts of whoever runs and sends: processes, settings, lists, clocks, counts, letters."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.messages.acts_base import Act, Brief, Mark, MaybeName, Names, Seconds, Told, When, Word
from edge.messages.wire import Count, Short


class Posted(Act):
    """What every row of a letter says: its number, and the digest of the sealed words."""

    sequence: Count
    revision: Count
    digest: Mark
    clock_trusted: bool


class AlertAct(Posted):
    """An alert was stored, or a revision of one."""

    grade: Literal["alarm", "verify", "none"]
    category: Short
    list: Brief = Field(description="The list's name, and the start of its digest.")
    owner: Brief = Field(default="", description="Owner of the entry, as the list says.")
    retracts: bool
    seen_again: bool
    corrected: bool
    test: bool = False


class Withdrawn(Posted):
    """An alert was taken back, because its entry left the list."""


class Receipt(Act):
    """A named receiver holds a revision."""

    sequence: Count
    revision: Count
    digest: Mark
    receiver: MaybeName
    received_at: When


class Retention(Act):
    """Letters were erased that had their receipt."""

    erased: Count


class GivenUp(Act):
    """A letter was erased without a receipt: its time was over."""

    sequence: Count
    revision: Count
    digest: Mark
    attempts: Count


class Pictures(Act):
    """Pictures made room."""

    dropped: Count
    waiting: Count
    bytes: Count


class Started(Act):
    """A process began; what it runs and by which rules."""

    process: Word
    software: Brief
    before: Brief = Field(default="", description="The version before; empty for the same.")
    settings: Mark = Field(default="", description="Digest of the settings in force.")
    roster: Count = Field(default=0, description="Number of the roster in force; 0 without one.")
    new_epoch: bool = False
    why: Told = ""


class Ended(Act):
    """A process ended; empty *why*: it was told to."""

    process: Word
    why: Told = ""


class Hour(Act):
    """Counts of one hour or less, and of nothing finer: no car can be followed by them.

    What lies between *until* and the next *since* was not counted: no process ran.
    """

    since: When
    until: When
    frames: Count
    passes: Count
    reads: Count
    hits: Count
    alarms: Count
    verifies: Count
    watched_s: Seconds
    paused_s: Seconds
    why: Literal["hour", "pause", "end"]


class SettingsAct(Act):
    """Other settings are in force than before; secrets are left out."""

    digest: Mark
    before: Mark = ""
    changed: Annotated[tuple[tuple[Brief, Told], ...], Field(max_length=500)] = ()


class Tuned(Act):
    """Settings were tried at the unit: begun, confirmed by frames, or undone."""

    act: Literal["tried", "kept", "undone"]
    version: Count
    before: Count = Field(description="The version that was in force.")
    who: Brief
    why: Told = ""
    changed: Annotated[tuple[tuple[Brief, Told], ...], Field(max_length=500)] = ()


class ListAct(Act):
    """A hotlist was installed, refused, or ran out."""

    list: Brief
    version: Brief = ""
    sequence: Count = 0
    issuer: Brief = ""
    entries: Count = 0
    issued_at: When = ""
    expires_at: When = ""
    act: Literal["installed", "refused", "expired"]
    why: Told = ""


class RosterAct(Act):
    """Another roster is in force."""

    number: Count
    digest: Mark = ""


class Clock(Act):
    """The clock was corrected, or came to be trusted, or ceased to be."""

    before: When
    after: When
    offset_s: Annotated[float, Field(ge=-1e10, le=1e10)]
    trusted: bool


class Chain(Act):
    """A chain was found broken: rows before stand as they are, and new ones continue the last."""

    name: MaybeName = Field(default="", description="Whose; empty for this one.")
    epoch: Mark = ""
    number: Count = Field(description="The first row that does not hold.")
    sentence: Told


class Reads(Act):
    """Kept reads: an hour's key began, died, was lost, or came back from the archive."""

    act: Literal["key", "died", "lost", "restored"]
    hour: When
    count: Count = 0


class Clip(Act):
    """A clip of an installer's own test car: recorded, refused, or gone when its time was over."""

    act: Literal["recorded", "deleted", "refused"]
    seconds: Seconds = 0.0
    until: When = Field(default="", description="When it is deleted at the latest.")
    why: Told = ""


class Minute(Act):
    """A technician had the pictures of the last minute kept in memory, to compare settings on."""

    act: Literal["kept", "forgotten"]
    officer: MaybeName
    why: Told = ""


class Drift(Act):
    """The camera's view is no more what it was at commissioning; or it is again, *over*."""

    what: Word = Field(description="moved, defocused, dirty or dark.")
    measure: Told
    over: bool = False


class Remote(Act):
    """A technician's way to the tuning page through the broker: opened, refused, or closed."""

    act: Literal["opened", "refused", "closed"]
    who: Brief = Field(description="The technician; where refused, whom the request claims.")
    session: Mark = ""
    inward: Count = Field(default=0, description="Bytes from the technician.")
    outward: Count = Field(default=0, description="Bytes to the technician.")
    foreign: Count = Field(
        default=0, description="Messages that were dropped: forged, changed or repeated."
    )
    more: Count = Field(default=0, description="Requests refused since the last such row.")
    why: Told = ""


class Certified(Act):
    """A certificate of commissioning was signed."""

    number: Mark = Field(description="Digest of the signed document.")
    passed: bool


class Update(Act):
    """A version of the software: made ready, put in force, kept, taken back, or refused."""

    act: Literal["staged", "switched", "kept", "back", "refused"]
    number: Count = Field(description="Of the act; the updater counts them.")
    at: When = Field(description="When it happened; it is recorded when watch runs again.")
    version: Brief = ""
    before: Brief = ""
    digest: Mark = Field(default="", description="Of the signed release.")
    sequence: Count = 0
    signers: Names = ()
    why: Told = ""


class ServiceAccess(Act):
    """The unit's own Wi-Fi for technicians: by its button, so nobody knows whose hand it was.

    Who looks then is told by log-ins.
    """

    act: Literal["opened", "closed"]
    until: When = Field(default="", description="When it closes by itself.")
    why: Told = ""


KINDS: Final[Mapping[str, type[Act]]] = {
    "alert": AlertAct,
    "withdrawn": Withdrawn,
    "receipt": Receipt,
    "retention": Retention,
    "given-up": GivenUp,
    "pictures": Pictures,
    "started": Started,
    "ended": Ended,
    "hour": Hour,
    "settings": SettingsAct,
    "tuned": Tuned,
    "list": ListAct,
    "roster": RosterAct,
    "clock": Clock,
    "chain": Chain,
    "reads": Reads,
    "clip": Clip,
    "minute": Minute,
    "remote": Remote,
    "certified": Certified,
    "drift": Drift,
    "service-access": ServiceAccess,
    "update": Update,
}

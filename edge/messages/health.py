"""How a unit does, derived from frames actually seen: watch's part, deliver's part, the verdict.

Watch writes its part as ``watch.json`` on tmpfs; deliver adds its own, judges both and publishes.
A watch that no longer writes is a problem, and so is one that writes but sees no frame.
"""

from typing import Annotated, Literal

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from edge.clock import Moment
from edge.config.unit import UnitSection
from edge.errors import MessageError
from edge.messages.envelope import Envelope, build, canonical, head, loads, parse
from edge.messages.wire import Count, Digest, Figures, Hex32, Sentence, Share, Short, Time, Wire

HEALTH_LIMIT = 32 * 1024
WATCH_FILE = "watch.json"
LATER = (  # left out where they say nothing
    "view_problem",
    "paused",
    "pause_problem",
    "reads_problem",
    "settings",
    "settings_problem",
    "searches",
    "quality",
    "sight_problem",
    "software",
    "update",
    "update_problem",
    "remote",
)

Seconds = Annotated[float, Field(ge=0.0)]
SourceState = Literal["starting", "delivering", "lost", "ended"]
BrokerState = Literal["connected", "connecting", "refused"]


class ListHealth(Wire):
    """The hotlist in force."""

    version: Short
    issued: Time
    entries: Count
    age_s: float = Field(description="Negative when the list is dated in the future.")


class OrderHealth(Wire):
    """What became of one order."""

    number: Digest = Field(description="Of the order: a digest of its documents.")
    taken: bool
    at: Time
    sentence: str = Field(max_length=200, description="Names no plate.")


class PauseHealth(Wire):
    """The town's order to read nothing, in force on this unit."""

    number: Digest = Field(description="Of the order: a digest of the signed document.")
    scope: str = Field(max_length=400, description="The units that it names, or: town.")
    since: Time
    until: Time
    reason: str = Field(max_length=400)
    signer: Short


class QualityHealth(Wire):
    """How well plates were read in the newest hour with a pass: sums, nothing of any plate."""

    since: Time
    passes: Count
    lanes: tuple[Count, ...] = Field(
        max_length=3, description="Passes by thirds of the picture's width, from the left."
    )
    reads: Count
    agreement: Share = Field(description="Reads that have the text of their whole pass.")
    doubt_bits: float = Field(ge=0.0, description="Mean entropy of a pass's text.")
    well_formed: Share = Field(description="Passes whose text has a common form.")


class UpdateHealth(Wire):
    """Another version of the software: under way, kept, or taken back."""

    phase: Short = Field(description="staged, waiting, switching, trial, kept, back, ...")
    version: Short
    before: Short = Field(description="The version that it takes over from.")
    sequence: Count = Field(description="Number of the release.")
    sentence: Sentence


class RemoteHealth(Wire):
    """The way through the broker to the unit's tuning page, and who has come in by it."""

    allowed: bool = Field(description="The settings let technicians of the roster in.")
    who: Short = Field(description="Name on the roster; empty: nobody is in.")
    role: Short = Field(description="By which that name was let in.")
    since: Time | None = Field(description="Of the session; null: nobody is in.")

    @property
    def sentence(self) -> str:
        """Who is in, for a person."""
        if not self.who:
            return "open; nobody is in" if self.allowed else "closed"
        since = f"{(self.since or '')[:16].replace('T', ' ')} UTC"
        return f"{self.who}, {self.role}, is on its tuning page through the broker since {since}"


class WatchHealth(Wire):
    """What the reading daemon says of itself; counts only, nothing of any plate."""

    made_at: Time
    made_monotonic_ns: Count = Field(description="For its age on the same machine.")
    uptime_s: Seconds
    frames_seen: Count = Field(description="Frames through the line since it started.")
    frames_per_s: Seconds
    frames_dropped: Count
    last_frame_age_s: Seconds | None = Field(description="At made_at; null before the first.")
    source_state: SourceState
    source_problem: Sentence
    gate_shares: dict[Short, Share] = Field(max_length=16, description="Frames by gate's reason.")
    tracks: Count = Field(description="Passes in memory now.")
    sightings: Count
    alerts: Count
    stage_ms: Figures
    list: ListHealth | None = Field(description="null: no list in force.")
    list_problem: Sentence = Field(
        description="Why the newest list was refused; the last one holds."
    )
    silent_reason: Sentence = Field(description="Why nothing is published from the list in force.")
    models: dict[Short, Short] = Field(max_length=8)
    store_free_mb: Count
    store_pictures: bool = Field(description="False: too little space, alerts go without crop.")
    store_problem: Sentence
    keys_problem: Sentence = Field(
        description="Why others do not believe this unit, or cannot open its alerts."
    )
    place_problem: Sentence = Field(description="Why a car's place is unknown; empty on a pole.")
    clock_trusted: bool
    temperature_c: float | None = Field(ge=-100, le=200)
    memory_mb: Count
    roster: Count = Field(description="Number of the roster in force.")
    orders: tuple[OrderHealth, ...] = Field(
        max_length=8, description="The last orders, the newest last."
    )
    stopped_by: Sentence = Field(
        description="What broke and ended the daemon; empty while it runs."
    )
    paused: PauseHealth | None = Field(
        default=None, description="Left out unless the camera is closed by the town's order."
    )
    pause_problem: Sentence = Field(
        default="", description="A pause that is refused here, or cannot be recorded."
    )
    reads_problem: Sentence = Field(
        default="", description="Why reads that hit nothing are not kept, where they should be."
    )
    quality: QualityHealth | None = Field(
        default=None, description="Left out before the first pass has ended."
    )
    sight_problem: Sentence = Field(
        default="", description="Frames come and passes do not, or reads agree less than usual."
    )
    settings: str = Field(
        default="", pattern=r"^[0-9a-f]{0,64}$", description="Digest of the settings in force."
    )
    view_problem: Sentence = Field(
        default="", description="The camera has moved, lost its focus, become dirty or dark."
    )
    settings_problem: Sentence = Field(
        default="", description="Why newer settings are not in force, or that they need a restart."
    )
    software: str = Field(
        default="", max_length=32, description="Version that the reading daemon has."
    )
    update: UpdateHealth | None = Field(
        default=None, description="Left out before the first update of this unit."
    )
    update_problem: Sentence = Field(
        default="", description="An update that was taken back, or is refused."
    )
    remote: RemoteHealth | None = Field(
        default=None, description="Left out by a unit of an older version: not known."
    )

    @model_serializer(mode="wrap")
    def _sparing(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave out what came later and says nothing: what is built else stays as it was."""
        told: dict[str, object] = handler(self)
        return {name: value for name, value in told.items() if name not in LATER or value}


class SearchHealth(Wire):
    """Searches at this unit; no word of what was looked for."""

    asked: Count = Field(description="That came since the sending daemon started.")
    dropped: Count = Field(description="Of these, dropped unread: more than the town allows.")
    waiting: Count = Field(description="Not taken up as yet.")
    answered: Count | None = Field(description="null: the searching process does not report.")
    refused: Count | None = Field(description="Since that process started; each was recorded.")


class DeliverHealth(Wire):
    """What the sending daemon says of itself."""

    broker: BrokerState
    broker_problem: Sentence
    epoch: Hex32
    last_sequence: Count = Field(description="Newest alert; a receiver without it has a gap.")
    outbox_depth: Count = Field(description="Revisions without a receipt.")
    oldest_unreceived_s: Seconds | None
    given_up: Count = Field(description="Revisions erased without a receipt in the last 7 days.")
    refused_receipts: Count = Field(description="Since the daemon started.")
    published: Count
    received: Count
    receivers: Count = Field(description="How many are named in the settings.")
    searches: SearchHealth | None = Field(
        default=None, description="Left out where this unit takes none."
    )

    @model_serializer(mode="wrap")
    def _sparing(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        told: dict[str, object] = handler(self)
        return {name: value for name, value in told.items() if name not in LATER or value}


class HealthPayload(Wire):
    """The verdict first, then what it rests on."""

    ok: bool
    problems: tuple[Sentence, ...] = Field(max_length=32, description="Sentences for a person.")
    watch: WatchHealth | None = Field(description="null: the reading daemon does not report.")
    deliver: DeliverHealth
    head: str | None = Field(
        max_length=8 * 1024,
        description="Base64 of what the reading daemon signed: how far its alerts have come.",
    )
    software: Short


class HealthMessage(Envelope):
    """How the unit does."""

    kind: str = Field(pattern="^health$")
    payload: HealthPayload


def watch_bytes(health: WatchHealth) -> bytes:
    """Return what watch writes into its health file."""
    return canonical(health.model_dump(mode="json"))


def parse_watch(body: bytes) -> WatchHealth:
    """Return what watch said.

    Raises:
        MessageError: the file is not a whole health file of this version.
    """
    loads(body, "the watch health file", HEALTH_LIMIT)
    try:
        return WatchHealth.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise MessageError(f"the watch health file: {where}: {first['msg'].lower()}") from None


def build_health(
    watch: WatchHealth | None,
    deliver: DeliverHealth,
    problems: tuple[str, ...],
    unit: UnitSection,
    made: Moment,
    software: str,
    head_text: str = "",
) -> bytes:
    """Return the bytes of a health message.

    Args:
        problems: as ``edge.messages.verdict`` finds them.
        head_text: as ``edge.messages.head`` makes it; empty where there is none.
    """
    fields = head("health", unit.town, unit.name, made.iso())
    fields["payload"] = {
        "ok": not problems,
        "problems": list(problems[:32]),
        "watch": watch.model_dump(mode="json") if watch else None,
        "deliver": deliver.model_dump(mode="json"),
        "head": head_text or None,
        "software": software,
    }
    return build(HealthMessage, fields, HEALTH_LIMIT)


def parse_health(body: bytes) -> HealthMessage:
    """Return the health in *body*.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(HealthMessage, body, HEALTH_LIMIT)

"""Acts that the town's people ask for: grants, orders, pauses, searches, holds, requests."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.messages.acts_base import (
    Act,
    Brief,
    Mark,
    MaybeName,
    Names,
    Seconds,
    Told,
    When,
    Word,
)
from edge.messages.wire import Count, Name


class GrantAct(Act):
    """A grant came into force, or ended."""

    number: Mark
    who: MaybeName
    what: Annotated[tuple[Brief, ...], Field(max_length=16)] = Field(
        description="Categories of alerts, and ``search``."
    )
    why: Told = ""
    since: When = ""
    until: When = ""
    act: Literal["in-force", "ended"]


class OrderAct(Act):
    """An order came: taken, or refused."""

    number: Mark
    kinds: Annotated[tuple[Word, ...], Field(max_length=16)] = ()
    taken: bool
    sentence: Told = ""


class Pause(Act):
    """Capture was stopped by the town, or goes on."""

    act: Literal["begun", "lifted", "lapsed", "refused"]
    number: Mark
    scope: Told = ""
    since: When = ""
    until: When = ""
    reason: Told = ""
    signers: Names = ()
    documents: Annotated[
        tuple[Annotated[str, Field(max_length=8192)], ...], Field(max_length=2)
    ] = Field(
        default=(),
        description="Base64 of the signed order, or of lift and approval: an auditor checks them.",
    )


class SearchAct(Act):
    """A search was answered or refused; the query itself is named by its digest."""

    query: Mark
    officer: MaybeName
    supervisor: MaybeName = ""
    via: MaybeName = Field(default="", description="Console or archive that sent it.")
    purpose: Brief = ""
    case: Brief = ""
    window_s: Seconds = 0.0
    since: When = ""
    until: When = ""
    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    whole: bool = Field(default=False, description="A whole plate was asked for.")
    over: Literal["hits", "hits+reads"] = "hits"
    hits: Count = 0
    reads: Count = 0
    refused: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9-]{0,31})?$")] = ""
    sentence: Told = ""
    late: bool = False


class SearchDrops(Act):
    """Searches were dropped unread: more came than the town lets one unit look at."""

    since: When
    until: When
    dropped: Count
    why: Told = ""


class Hold(Act):
    """A case holds what would be erased, or no longer."""

    act: Literal["begun", "ended"]
    number: Mark
    alert: Brief
    case: Brief = ""
    until: When = ""
    signers: Names = ()


class Subject(Act):
    """A person's request was answered."""

    act: Literal["exported", "erased"]
    number: Mark
    items: Count
    held_back: Count = 0
    signers: Names = ()


class Purged(Act):
    """A misread was confirmed: its crop and plate were erased here, and only the count is left."""

    alert: Brief
    outcome: Brief
    officer: MaybeName


class Sharing(Act):
    """Who can open what differs from what was granted, or no longer."""

    act: Literal["drift", "settled"]
    who: Brief
    what: Told


class Supervision(Act):
    """A check on searches was run; findings go to the auditor and not here."""

    since: When
    until: When
    searches: Count
    findings: Count
    auditor: Name


KINDS: Final[Mapping[str, type[Act]]] = {
    "grant": GrantAct,
    "order": OrderAct,
    "pause": Pause,
    "search": SearchAct,
    "search-drops": SearchDrops,
    "hold": Hold,
    "subject": Subject,
    "purged": Purged,
    "sharing": Sharing,
    "supervision": Supervision,
}

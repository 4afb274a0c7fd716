"""A unit that is searched, on a real store: its desk, what lies before it, and queries."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from edge.clock import Moment
from edge.config import Settings, load
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import to_time
from edge.keys.roster import Roster
from edge.keys.signed import Signed
from edge.messages.answer import AnswerMessage, open_answer
from edge.messages.search import (
    Bundle,
    Query,
    recipients,
    seal_bundle,
    sign_approval,
    sign_query,
)
from edge.policy.law import Law, open_law
from edge.records import AlertId
from edge.services.grants import FOLDER, GrantFolder, GrantKeeper
from edge.services.keyring import Keyring
from edge.services.search_desk import Kept, SearchDesk
from edge.services.search_folder import SUFFIX
from edge.store.store import Store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.fakes import START, FakeClock
from tests.keys.cast import ISSUED, ROSTER, keys_folder, keys_of

CASE = "26-01234"
NOW = datetime.fromisoformat(START.iso())


def a_query(at: datetime = NOW, **changes: Any) -> Query:
    """Return a sound query of dana's for one whole plate, over the last hour."""
    wanted = {
        "v": 1,
        "town": "windsor",
        "nonce": "5e" * 16,
        "officer": "dana",
        "via": "car-12",
        "units": [UNIT.name],
        "places": [],
        "pattern": "AB12345",
        "categories": [],
        "since": to_time(at - timedelta(hours=1)),
        "until": to_time(at + timedelta(minutes=1)),
        "case": CASE,
        "purpose": "stolen-vehicle",
        "made": to_time(at),
        "expires": to_time(at + timedelta(hours=1)),
    }
    return Query.model_validate({**wanted, **changes})


def signed(query: Query, officer: Identity | None = None) -> Signed:
    """Return *query* signed by whom it names, or by *officer*."""
    return sign_query(query, officer or keys_of(query.officer))


def a_bundle(
    query: Query | None = None, officer: Identity | None = None, supervisor: str = ""
) -> Bundle:
    """Return a signed query, with the approval of *supervisor* if one is named."""
    one = signed(query or a_query(), officer)
    return Bundle(one, sign_approval(one, keys_of(supervisor), NOW) if supervisor else None)


@dataclass
class Searched:
    """One unit.

    Args:
        folder: of everything.
        profile: the law's.
    """

    folder: Path
    profile: str = "strict"
    reads: Kept | None = None
    roster: Roster = ROSTER
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.keys = keys_folder(self.folder / "keys", UNIT.name, roster=self.roster)
        self.waiting = self.folder / "search"
        self.waiting.mkdir(exist_ok=True)
        self.runtime = self.folder / "run"
        self.runtime.mkdir(exist_ok=True)
        self.settings = self._settings()
        self.law: Law = open_law(self.profile)
        self.store = Store(store_section(self.folder / "store"), UNIT.name, self.clock).open()
        rosters = RosterKeeper(self.keys, self.clock)
        rosters.open()
        self.keyring = Keyring(keys_of(UNIT.name), rosters)
        self.grants = GrantKeeper(GrantFolder(self.keys / FOLDER), rosters, self.clock)
        self.desk = self.new_desk()

    def new_desk(self) -> SearchDesk:
        """Return the desk, as a process that starts anew has it."""
        return SearchDesk(
            section=self.settings.search,
            unit=UNIT,
            foreign_share=0.2,
            law=self.law,
            keyring=self.keyring,
            grants=self.grants,
            store=self.store,
            reads=self.reads,
            clock=self.clock,
        )

    def close(self) -> None:
        self.store.close()

    def saw(self, text: str, at: Moment = START, **changes: Any) -> AlertId:
        """Hold an alert about *text*."""
        return self.store.commit_alert(an_alert(text, at, **changes), sealed, keep_days=30.0)

    def lay(self, bundle: Bundle | bytes, name: str = "0" * 64) -> Path:
        """Put a search where deliver would."""
        blob = bundle if isinstance(bundle, bytes) else self.seal(bundle)
        file = self.waiting / f"{name}{SUFFIX}"
        file.write_bytes(blob)
        return file

    def seal(self, bundle: Bundle) -> bytes:
        return seal_bundle(bundle, recipients(self.roster, [UNIT.name], ISSUED))

    def ask(self, bundle: Bundle | bytes, officer: str = "dana") -> AnswerMessage | None:
        """Let the desk take one search, and return the answer that *officer* would get."""
        before = self.answers()
        self.lay(bundle)
        assert self.desk.step() == 1, self.desk.problem
        new = [body for body in self.answers() if body not in before]
        if not new:
            return None
        (body,) = new
        return open_answer(body, keys_of(officer), self.roster, ISSUED)

    def answers(self) -> list[bytes]:
        """Return the answers that wait for a receipt, as they go out."""
        return [row.body for row in self.store.outbox.newest(1000, kind="answer")]

    def acts(self) -> list[dict[str, Any]]:
        """Return what the chain has of searches."""
        return acts_of(self.store, "search")

    def _settings(self) -> Settings:
        settings = load([]).settings
        search = settings.search.model_copy(update={"folder": str(self.waiting)})
        runtime = settings.runtime.model_copy(update={"folder": str(self.runtime)})
        return settings.model_copy(update={"unit": UNIT, "search": search, "runtime": runtime})


def acts_of(store: Store, kind: str) -> list[dict[str, Any]]:
    """Return the payloads of all rows of *kind*, in order."""
    rows = (store.audit.payload(number) for number in store.audit.numbers(kind))
    return [row for row in rows if row is not None]


def retold(query: Query, **changes: Any) -> Query:
    """Return *query* with other fields, unchecked, as a hostile sender makes it."""
    return query.model_copy(update=changes)

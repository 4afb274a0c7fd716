"""From what an officer wants to a signed, sealed search: the way of ``edge search`` and of pages.

A machine judges a search as a unit with its own settings would, so that what would be refused is
told at once and never leaves.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import SearchError
from edge.keys.identity import Identity
from edge.keys.parties import from_time, to_time
from edge.keys.roles import Role
from edge.messages.acts import act_row
from edge.messages.acts_car import LogInRefused, SearchAsked, SearchOpened
from edge.messages.search import (
    Bundle,
    Query,
    new_nonce,
    recipients,
    seal_bundle,
    sign_approval,
    sign_query,
)
from edge.plates.syntax import shares
from edge.policy.law import Law, open_law
from edge.policy.search import Allowed, Refusal, Rules, judge, purposes_of
from edge.policy.search_outlook import Outlook, outlook
from edge.services.archive import open_archive
from edge.services.keyring import Keyring
from edge.services.search_asked import Asked, AskedFolder, officers_units
from edge.store.console import ConsoleStore

LONGEST_HOURS: Final = 24.0
Record = Callable[[str, Mapping[str, Any]], object]
"""Puts an act on the chain of the machine that searches go out from."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an officer wants to ask; nothing of it has been checked.

    Attributes:
        units: ``a,b`` or ``all``.
        hours: for so long units may answer.
    """

    pattern: str
    since: datetime
    until: datetime
    case: str
    purpose: str
    units: str = "all"
    places: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: float = 1.0


class SearchMaker:
    """Makes searches on one machine.

    Attributes:
        law: the profile of this machine's settings.
    """

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._settings = settings
        self._keyring = keyring
        self.law: Law = open_law(settings.law.profile)

    @property
    def purposes(self) -> tuple[str, ...]:
        """What a search may be for, here."""
        return purposes_of(self.law.search, self._settings.search)

    def query(self, wish: Wish, officer: Identity, made: datetime) -> Query:
        """Return the query that says what is wished.

        Raises:
            SearchError: it ends before it begins, counts for too long, or names no unit.
        """
        if not 0 < wish.hours <= LONGEST_HOURS:
            raise SearchError("a search counts for at most 24 hours")
        if wish.until <= wish.since:
            raise SearchError("the time that is asked for ends before it begins")
        rosters, own = self._keyring.rosters, self._keyring.identity
        return Query(
            v=1,
            town=own.town,
            nonce=new_nonce(),
            officer=officer.name,
            via=own.name,
            units=officers_units(wish.units, rosters.roster, rosters.at()),
            places=list(wish.places),
            pattern=wish.pattern,
            categories=list(wish.categories),
            since=to_time(wish.since),
            until=to_time(wish.until),
            case=wish.case,
            purpose=wish.purpose,
            made=to_time(made),
            expires=to_time(made + timedelta(hours=wish.hours)),
        )

    def judged(self, bundle: Bundle) -> Allowed | Refusal:
        """Judge as a unit would that has this machine's settings."""
        settings, rosters = self._settings, self._keyring.rosters
        query = json.loads(bundle.query.payload)
        rules = Rules(
            unit=query["units"][0],
            place=query["places"][0] if query["places"] else "",
            law=self.law.search,
            section=settings.search,
            roster=rosters.roster,
            shares=shares(settings.unit.jurisdiction, settings.policy.foreign_share),
            grants=(),
            seen=lambda _officer, _nonce: False,
        )
        return judge(bundle, rules, rosters.at())

    def looked(self, query: Query, officer: Identity) -> tuple[Bundle, Allowed | Refusal, Outlook]:
        """Return *query* signed, how it is judged without a supervisor, and what to tell of it."""
        bundle = Bundle(sign_query(query, officer))
        judged = self.judged(bundle)
        return bundle, judged, outlook(query, judged, self.law)

    def seal(self, bundle: Bundle, query: Query) -> bytes:
        """Return the search as it goes out.

        Raises:
            KeysError: nothing can be sealed to one of the units, or nobody could check it.
        """
        rosters = self._keyring.rosters
        return seal_bundle(bundle, recipients(rosters.roster, query.units, rosters.at()))


def approved(bundle: Bundle, supervisor: Identity, made: datetime) -> Bundle:
    """Return *bundle* with a supervisor's word."""
    return Bundle(bundle.query, sign_approval(bundle.query, supervisor, made))


def remember(
    folder: AskedFolder,
    query: Query,
    bundle: Bundle,
    officer: Identity,
    record: Record,
    session: str = "",
) -> Asked:
    """Put a search that will go out on the record and into *folder*, sealed to who asks.

    Raises:
        StoreError: it cannot be recorded; it is not to be sent.
    """
    act = SearchAsked(
        query=bundle.number,
        officer=officer.name,
        session=session,
        supervisor=bundle.approval.signer if bundle.approval else "",
        purpose=query.purpose,
        case=query.case,
        units=len(query.units),
    )
    record("search-asked", act_row("search-asked", act))
    made = from_time(query.made)
    return folder.save(bundle.query, query, officer.party(made, made))


def tell_opened(record: Record, query: str, officer: str, unit: str, session: str = "") -> None:
    """Record that an officer is shown an answer.

    Raises:
        StoreError: it cannot be recorded; it is not to be shown.
    """
    act = SearchOpened(query=query, officer=officer, session=session, unit=unit)
    record("search-opened", act_row("search-opened", act))


def tell_wrong(name: str, settings: Settings, keyring: Keyring, clock: Clock) -> None:
    """Put a wrong password on this machine's chain; at its own prompt nobody is made to wait.

    Raises:
        StoreError: it cannot be recorded.
    """
    with open_record(settings, keyring, clock) as record:
        act = LogInRefused(officer=name, why="wrong password at the prompt of edge search")
        record("log-in-refused", act_row("log-in-refused", act))


@contextmanager
def open_record(settings: Settings, keyring: Keyring, clock: Clock) -> Iterator[Record]:
    """Give the chain of this machine, console or archive; a partner's has none of this town.

    Raises:
        StoreError: its store cannot be opened.
    """
    own = keyring.identity
    if own.role is Role.CONSOLE:
        with ConsoleStore(Path(settings.console.folder), own.name, clock) as console:
            yield console.record
    elif own.role is Role.ARCHIVE:
        with open_archive(settings, keyring, clock) as archive:
            yield archive.record
    else:
        yield lambda _kind, _payload: None

"""From what an officer typed on a console's page to a search that may go out, or what is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.errors import KeysError, SearchError
from edge.keys.roles import Role
from edge.messages.search import Bundle, Query
from edge.policy.search import Allowed, Refusal, Word
from edge.policy.search_outlook import Outlook
from edge.services.search_make import SearchMaker, Wish, approved
from edge.web.console.contract import LogIn, Session
from edge.web.console.officers import ConsoleOfficers
from edge.web.console.searching import Asking

_FIELDS: Final = {
    Word.PLATE: "plate",
    Word.WIDTH: "plate",
    Word.TIME: "time",
    Word.WINDOW: "time",
    Word.CASE: "case",
    Word.PURPOSE: "purpose",
    Word.CATEGORY: "categories",
    Word.SAME: "supervisor",
    Word.APPROVAL: "supervisor",
}
_BLANK: Final = {
    "plate": "say which plate, or which part of one",
    "case": "a search belongs to a case: give its number",
    "purpose": "choose what it is for",
}
_EARLIEST: Final = 2000


class Wrong(Exception):
    """What was typed cannot be asked; becomes a sentence at its field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.problems = {field: sentence}


@dataclass(frozen=True, slots=True)
class Ready:
    """A search that units would take, as far as this machine can say.

    Attributes:
        blob: sealed to the units and the town's auditors.
    """

    query: Query
    bundle: Bundle
    outlook: Outlook
    blob: bytes


class SearchCounter:
    """Takes what an officer typed, and a supervisor's word where one is needed."""

    def __init__(self, maker: SearchMaker, officers: ConsoleOfficers) -> None:
        self._maker = maker
        self._officers = officers

    def look(self, session: Session, asking: Asking, made: datetime) -> tuple[Query, Outlook]:
        """Return what would be asked; a supervisor's word may still be wanting.

        Raises:
            Wrong: it cannot be asked, whoever signs it.
        """
        query, bundle, judged, told = self._looked(session, asking, made)
        if isinstance(judged, Refusal) and judged.word is not Word.SUPERVISOR:
            raise _refused(judged)
        # whoever cannot be sealed to is told before, not after
        self._seal(bundle, query)
        return query, told

    def ready(
        self, session: Session, asking: Asking, supervisor: str, password: str, made: datetime
    ) -> Ready:
        """Return the search as it goes out.

        Raises:
            Wrong: it cannot be asked, or lacks a supervisor's word.
            StoreError: a wrong password cannot be recorded.
        """
        query, bundle, judged, told = self._looked(session, asking, made)
        if isinstance(judged, Refusal) and judged.word is Word.SUPERVISOR:
            bundle = self._countersigned(bundle, supervisor, password, made)
            judged = self._maker.judged(bundle)
        if isinstance(judged, Refusal):
            raise _refused(judged)
        return Ready(query, bundle, told, self._seal(bundle, query))

    def _looked(
        self, session: Session, asking: Asking, made: datetime
    ) -> tuple[Query, Bundle, Allowed | Refusal, Outlook]:
        typed = {"plate": asking.plate, "case": asking.case, "purpose": asking.purpose}
        for field, text in typed.items():
            if not text.strip():
                raise Wrong(field, _BLANK[field])
        try:
            query = self._maker.query(_wish(asking, made), session.identity, made)
        except SearchError as error:
            raise Wrong("units", str(error)) from None
        return query, *self._maker.looked(query, session.identity)

    def _seal(self, bundle: Bundle, query: Query) -> bytes:
        try:
            return self._maker.seal(bundle, query)
        except KeysError as error:
            raise Wrong("", str(error)) from None

    def _countersigned(self, bundle: Bundle, name: str, password: str, made: datetime) -> Bundle:
        """Return *bundle* with the word of a supervisor, whose keys are forgotten at once."""
        if not name:
            raise Wrong("supervisor", "a supervisor must sign this search as well")
        if not password:
            raise Wrong("password", f"{name} signs with a password")
        found = self._officers.countersign(name, password, Role.SUPERVISOR)
        if isinstance(found, LogIn):
            raise Wrong("password", found.refused)
        return approved(bundle, found, made)


def _wish(asking: Asking, made: datetime) -> Wish:
    if asking.ago_s is not None:
        since, until = made - timedelta(seconds=asking.ago_s), made
    else:
        since, until = _moment(asking.since), _moment(asking.until)
    if until <= since:
        raise Wrong("time", "the time ends before it begins")
    return Wish(
        pattern=asking.plate,
        since=since,
        until=until,
        case=asking.case,
        purpose=asking.purpose,
        units=",".join(asking.units) or "all",
        categories=asking.categories,
        hours=asking.hours,
    )


def _refused(refusal: Refusal) -> Wrong:
    return Wrong(_FIELDS.get(refusal.word, ""), refusal.sentence)


def _moment(text: str) -> datetime:
    wrong = Wrong("time", "say from when to when, both with date and time")
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    if moment.year < _EARLIEST:
        raise wrong
    return moment

"""May this search be answered: who asks, what, how much of it, and with whose word; pure.

Each refusal has one word, which the chain and reports count by, and one sentence for the officer.
What an unsound query says of itself (purpose, case number) is not repeated: free text could be
anything, a plate among it, and the chain holds none.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.config.search import SearchSection
from edge.errors import KeysError, SearchError
from edge.keys.parties import Party, from_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, holds
from edge.messages.search import LONGEST_LIFE, SEARCHERS, Bundle, Query, read_approval, read_query
from edge.plates.pattern import Pattern, read_pattern
from edge.policy.grants import Standing
from edge.policy.law import SearchLaw, span
from edge.policy.search_verdict import Allowed, Facts, Refusal, Word
from edge.policy.sharing import may_search
from edge.records import Category

__all__ = ["Allowed", "Facts", "Refusal", "Rules", "Word", "judge", "purposes_of", "wide"]

_SLACK: Final = timedelta(minutes=5)  # two clocks that are both right
CARRIERS: Final = frozenset({Role.CONSOLE, Role.ARCHIVE, Role.PARTNER})
LATE: Final = timedelta(minutes=5)
_CASE: Final = 64  # characters; longer ones are not even held against the pattern


@dataclass(frozen=True, slots=True)
class Rules:
    """What a unit judges by.

    Attributes:
        unit, place: this unit's name, and where it hangs.
        law: of the profile in force.
        section: the town's own settings.
        roster: in force.
        shares: how common each jurisdiction is here (:func:`edge.plates.syntax.shares`).
        grants: of other agencies; none counts while the clock is not trusted.
        seen: says whether this officer has used this nonce before.
    """

    unit: str
    place: str
    law: SearchLaw
    section: SearchSection
    roster: Roster
    shares: Mapping[str, float]
    grants: Collection[Standing]
    seen: Callable[[str, str], bool]

    @property
    def purposes(self) -> tuple[str, ...]:
        """What a search may be for: the town's list, as far as the law has it too."""
        return purposes_of(self.law, self.section)


def purposes_of(law: SearchLaw, section: SearchSection) -> tuple[str, ...]:
    """Return the town's purposes, as far as *law* has them too."""
    town = section.purposes
    return tuple(one for one in law.purposes if not town or one in town)


def judge(bundle: Bundle, rules: Rules, at: datetime) -> Allowed | Refusal:
    """Return whether the search in *bundle* may be answered at *at*, the present."""
    case = _Case(bundle, rules, at)
    try:
        return case.judge()
    except _Refused as refused:
        return Refusal(refused.word, str(refused), case.asker, case.query, case.facts())


class _Refused(Exception):
    """Ends the judging; never leaves this module."""

    def __init__(self, word: Word, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


class _Case:
    """One query on its way through the checks: the cheap ones, and those on the person, first."""

    def __init__(self, bundle: Bundle, rules: Rules, at: datetime) -> None:
        self._bundle = bundle
        self._rules = rules
        self._at = at
        self.asker: Party | None = None
        self.query: Query | None = None
        self._sound: dict[str, str] = {}
        self._signer = ""
        self._supervisor = ""
        self._share = 0.0
        self._whole = False

    def facts(self) -> Facts:
        query = self.query
        if query is None:
            return Facts(officer=self._signer)
        since, until = self._sound.get("since", ""), self._sound.get("until", "")
        window = from_time(until) - from_time(since) if until else timedelta()
        return Facts(
            officer=query.officer,
            supervisor=self._supervisor,
            via=self._via(query),
            purpose=self._sound.get("purpose", ""),
            case=self._sound.get("case", ""),
            since=since,
            until=until,
            window_s=window.total_seconds(),
            share=self._share,
            whole=self._whole,
            late=self._late(query),
        )

    def judge(self) -> Allowed:
        query, asker = self._who()
        self._addressed(query)
        self._readable()
        self._in_time(query)
        grant = self._granted(asker)
        self._reason(query)
        since, until = self._window(query)
        pattern = self._pattern(query)
        wide = self._wide(query)
        return Allowed(
            query=query,
            asker=asker,
            pattern=pattern,
            since=since,
            until=until,
            categories=_categories(query, grant),
            reads=self._rules.law.reads and grant is None,
            wide=wide,
            facts=self.facts(),
        )

    def _who(self) -> tuple[Query, Party]:
        """Take the officer's word only from a key that counts now."""
        signed, roster = self._bundle.query, self._rules.roster
        try:
            asker = roster.check(signed, SEARCHERS, self._at)
        except KeysError as error:
            word = _signature(signed, roster)
            if word in _GENUINE:
                self._signer = signed.signer
            # a name that nobody has vouched for is free text as well
            sentence = _UNKNOWN.format(roster.sequence) if word is Word.UNKNOWN else str(error)
            raise _Refused(word, sentence) from None
        try:
            query = read_query(signed)
        except KeysError:  # whose text may hold what was sent
            self.asker, self._signer = asker, asker.name
            raise _Refused(Word.UNREADABLE, _UNREADABLE) from None
        if query.officer != asker.name:
            raise _Refused(Word.FORGED, f"the search is not {asker.name}'s, who signed it")
        self.asker, self.query = asker, query
        return query, asker

    def _addressed(self, query: Query) -> None:
        rules = self._rules
        if query.town != rules.roster.town:
            raise _Refused(Word.TOWN, f"this is {rules.roster.town}, and another town is asked")
        if rules.unit not in query.units:
            raise _Refused(Word.ASKED, f"{rules.unit} is not among the units that are asked")
        if query.places and rules.place not in query.places:
            raise _Refused(Word.PLACE, f"{rules.unit} hangs at none of the places that are asked")

    def _readable(self) -> None:
        """Take no search that no auditor of the town could open later."""
        readers = self._bundle.sealed_to
        if readers is None:  # its asker judges it before it is sealed
            return
        auditors = self._rules.roster.recipients(Role.AUDITOR, self._at)
        keys = {one.sealing_key.id for one in auditors if one.sealing_key is not None}
        if keys.isdisjoint(readers):
            raise _Refused(
                Word.AUDITOR,
                f"it is sealed to no auditor of roster {self._rules.roster.sequence}, so nobody"
                " could check it: send it again with this roster",
            )

    def _in_time(self, query: Query) -> None:
        made, expires = _time(query.made), _time(query.expires)
        if made > self._at + _SLACK:
            raise _Refused(Word.FUTURE, f"the search is dated {query.made}, in the future")
        if not made < expires <= made + LONGEST_LIFE:
            raise _Refused(
                Word.LIFE, f"the search would count until {query.expires}: a day is the most"
            )
        if self._rules.seen(query.officer, query.nonce):
            raise _Refused(Word.REPLAYED, "this very search came before, and counts once")
        if self._at >= expires:
            raise _Refused(
                Word.EXPIRED, f"the search ended at {query.expires}, before the unit could take it"
            )

    def _granted(self, asker: Party) -> Standing | None:
        """Return a partner's grant; None for the town's own people."""
        if asker.role is not Role.PARTNER:
            return None
        grant = may_search(self._rules.grants, asker.name, self._at)
        if grant is None:
            raise _Refused(
                Word.GRANT, f"no grant of this town lets {asker.name} search at this time"
            )
        return grant

    def _reason(self, query: Query) -> None:
        purposes = self._rules.purposes
        if query.purpose not in purposes:
            raise _Refused(
                Word.PURPOSE, f"no search is for such a purpose; these are: {', '.join(purposes)}"
            )
        self._sound["purpose"] = query.purpose
        asker = self.asker.name if self.asker and self.asker.role is Role.PARTNER else ""
        wanted = self._rules.section.case_number(asker, query.purpose)
        if len(query.case) > _CASE or not wanted.fullmatch(query.case):
            raise _Refused(
                Word.CASE, f"the case number is not written as here it must be: {wanted.pattern}"
            )
        self._sound["case"] = query.case

    def _window(self, query: Query) -> tuple[datetime, datetime]:
        since, until = _time(query.since), _time(query.until)
        if until <= since:
            raise _Refused(Word.TIME, "the time that is asked for ends before it begins")
        self._sound |= {"since": query.since, "until": query.until}
        longest = self._rules.law.longest_window_s
        if (until - since).total_seconds() > longest:
            raise _Refused(
                Word.WINDOW, f"the law's profile allows no search over more than {span(longest)}"
            )
        return since, until

    def _pattern(self, query: Query) -> Pattern:
        try:
            pattern = read_pattern(query.pattern)
        except SearchError as error:
            raise _Refused(Word.PLATE, str(error)) from None
        unknown = sorted(set(query.categories) - {one.value for one in Category})
        if unknown:
            known = ", ".join(one.value for one in Category)
            raise _Refused(Word.CATEGORY, f"hits have no such category; these are: {known}")
        self._share, self._whole = pattern.share(self._rules.shares), pattern.whole
        widest = self._rules.law.widest_share
        if self._share > widest:
            raise _Refused(
                Word.WIDTH,
                f"the pattern covers {_part(self._share)}, and the law's profile allows at most"
                f" {_part(widest)}: say more of the plate",
            )
        return pattern

    def _wide(self, query: Query) -> bool:
        """Hold a search that is wide to the word of a second person."""
        law = self._rules.law
        why = wide(self._share, _time(query.until) - _time(query.since), law)
        if not why:
            if self._bundle.approval is not None:
                self._supervisor = self._approved(self._bundle.approval, query)
            return False
        if self._bundle.approval is None:
            raise _Refused(Word.SUPERVISOR, f"{why}: a supervisor must sign it as well")
        self._supervisor = self._approved(self._bundle.approval, query)
        return True

    def _approved(self, approval: Signed, query: Query) -> str:
        try:
            supervisor = self._rules.roster.check(approval, Role.SUPERVISOR, self._at)
            row = read_approval(approval)
        except KeysError as error:
            raise _Refused(Word.APPROVAL, str(error)) from None
        if row.query != self._bundle.number:
            raise _Refused(Word.OTHER, "the supervisor has signed another search than this one")
        if supervisor.name == query.officer:
            raise _Refused(
                Word.SAME, f"{supervisor.name} asks and approves: a second person must sign it"
            )
        return supervisor.name

    def _via(self, query: Query) -> str:
        """Return who carried it, if there is such a party: nobody has vouched for the name."""
        known = {party.name for party in self._rules.roster.parties if party.role in CARRIERS}
        return query.via if query.via in known else ""

    def _late(self, query: Query) -> bool:
        try:
            return self._at - from_time(query.made) > LATE
        except KeysError:
            return False


_GENUINE: Final = frozenset({Word.REVOKED, Word.ENDED, Word.ROLE})
_UNREADABLE: Final = "it is no search of this version of edge"
_UNKNOWN: Final = "whoever asks is not on the roster in force, number {}"


def wide(share: float, window: timedelta, law: SearchLaw) -> str:
    """Return why a search needs a supervisor's word; empty where it needs none."""
    seconds = window.total_seconds()
    if seconds >= law.supervisor_window_s:
        return f"it goes over {span(law.supervisor_window_s)} or more"
    if share >= law.supervisor_share:
        return f"it covers {_part(share)}, and from {_part(law.supervisor_share)} on it is wide"
    return ""


def _part(share: float) -> str:
    """Return a share as a person says it: ``one plate in 17,576``."""
    return f"one plate in {1.0 / share:,.0f}" if share < 1.0 else "every plate"


def _signature(signed: Signed, roster: Roster) -> Word:
    """Return which word says best why the roster does not take a signature."""
    named = [party for party in roster.parties if party.name == signed.signer]
    if not named:
        return Word.UNKNOWN
    signer = next((one for one in named if holds(signed, one.verify_key, roster.town)), None)
    if signer is None:
        return Word.FORGED
    if signer.role not in SEARCHERS:
        return Word.ROLE
    return Word.REVOKED if roster.revocation(signer) is not None else Word.ENDED


def _time(text: str) -> datetime:
    try:
        return from_time(text)
    except KeysError as error:
        raise _Refused(Word.UNREADABLE, str(error)) from None


def _categories(query: Query, grant: Standing | None) -> frozenset[str] | None:
    asked = frozenset(query.categories)
    if grant is None:
        return asked or None
    granted = frozenset(one.value for one in grant.categories)
    return asked & granted if asked else granted

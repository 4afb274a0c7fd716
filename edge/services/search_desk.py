"""The desk at which a unit's searches are judged, done, recorded and answered, one by one.

A search is taken up under a token of its own before anything is read of it, and its answer, its
row on the chain and the token are one transaction: after a kill at any moment it is answered once.
What cannot be recorded is not answered; it waits, and is judged anew once there is room.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.config.search import SearchSection
from edge.config.unit import UnitSection
from edge.disk import sync
from edge.errors import KeysError, MessageError, StoreError, StoreFull
from edge.keys.parties import from_time
from edge.log import Log
from edge.messages.acts_town import SearchAct
from edge.messages.answer import MOST_FOUND, AnswerPayload, Over, seal_answer
from edge.messages.letter import Letter
from edge.messages.search import SEARCH_LIMIT, Bundle, open_bundle
from edge.plates.pattern import Pattern
from edge.plates.syntax import shares
from edge.policy.grants import Standing
from edge.policy.law import Law
from edge.policy.search import Allowed, Facts, Refusal, Rules, Word, judge
from edge.records import AlertId, KeptRead
from edge.services.grants import GrantKeeper
from edge.services.keyring import Keyring
from edge.services.search_folder import SUFFIX, TAKEN, lying
from edge.services.search_hits import Hits, Reads, find_hits, found_reads
from edge.store.searches import Build, Once, StoredHit
from edge.store.store import Store

MOST_UNRECEIVED: Final = 256  # answers without a receipt: with more, nobody is listening
_AT_ONCE: Final = 4
_HOUR_NS: Final = 3_600_000_000_000
_FORGET_S: Final = 3600.0
_UNREADABLE: Final = (
    "it could not be opened: it is not sealed to this unit, was changed, or is of another version"
)
_FAILED: Final = "the unit could not make the answer: see its journal (`journalctl -u edge-search`)"
_log: Final = Log("edge.search")


class Kept(Protocol):
    """Kept reads, as far as a search needs them.

    Attributes:
        damaged: sentences on what the last search could not read.
    """

    damaged: tuple[str, ...]

    def find(self, pattern: Pattern, since: Moment, until: Moment) -> Iterator[KeptRead]:
        """Yield the reads that are still held and match."""


@dataclass(slots=True)
class Tally:
    """What came of searches since the start."""

    answered: int = 0
    refused: int = 0


class SearchDesk:
    """Takes up what lies in the folder.

    Args:
        foreign_share: of plates here that are from elsewhere: how wide a pattern is.
        reads: None where no reads are kept.
        breathe: called often while a search goes on.

    Attributes:
        tally: what came of searches.
        problem: why none is answered just now; empty when they are.
    """

    def __init__(
        self,
        *,
        section: SearchSection,
        unit: UnitSection,
        foreign_share: float,
        law: Law,
        keyring: Keyring,
        grants: GrantKeeper,
        store: Store,
        reads: Kept | None,
        clock: Clock,
        breathe: Callable[[], None] = lambda: None,
    ) -> None:
        self._section = section
        self._folder = Path(section.folder)
        self._unit = unit
        self._shares = shares(unit.jurisdiction, foreign_share)
        self._law = law
        self._keyring = keyring
        self._grants = grants
        self._store = store
        self._reads = reads
        self._clock = clock
        self._breathe = breathe
        self._forgot: Moment | None = None
        self.tally = Tally()
        self.problem = ""

    def step(self) -> int:
        """Take up a few searches, and return how many were settled.

        Raises:
            StoreError: the store failed, or watch has begun a new one; what was not settled is
                taken up after a restart.
        """
        if self._store.replaced():
            raise StoreError("watch has begun a new store: this process starts anew on it")
        self._keyring.rosters.refresh()
        self._grants.refresh()
        self.problem = self._hindrance()
        if self.problem:
            return 0
        self._forget()
        try:
            return self._take()
        except StoreFull as error:
            self.problem = f"searches wait, for they cannot be recorded: {error}"
        except OSError as error:
            self.problem = f"{error.filename or self._folder}: {error.strerror or error}"
        return 0

    def _hindrance(self) -> str:
        if not self._clock.trusted():
            return "searches wait: the clock is not set, and nobody can say whether they have ended"
        waiting = self._store.searches.waiting()
        if waiting >= MOST_UNRECEIVED:
            return (
                f"searches wait: {waiting} answers have no receipt; is the archive or a console"
                " that delivery.receivers names connected?"
            )
        return ""

    def _take(self) -> int:
        settled = 0
        for file, _ in lying(self._folder, TAKEN):  # a kill, or a full disk, came between
            if not self._store.searches.done(file.stem):
                self._settle(file)
                settled += 1
            file.unlink()
        for file, _ in lying(self._folder, SUFFIX)[:_AT_ONCE]:
            taken = self._folder / f"{secrets.token_hex(16)}{TAKEN}"
            file.rename(taken)
            sync(self._folder)
            self._settle(taken)
            taken.unlink()
            settled += 1
        return settled

    def _settle(self, file: Path) -> None:
        with file.open("rb") as opened:
            blob = opened.read(SEARCH_LIMIT + 1)
        number, judged = self._judge(blob)
        try:
            act = self._settle_judged(number, judged, file.stem)
        except (KeysError, MessageError) as error:
            # one search must not end all others
            _log.error("a search cannot be answered", why=error)
            failed = Refusal(Word.FAILED, _FAILED, None, None, judged.facts)
            act = self._settle_judged(number, failed, file.stem)
        if act.refused:
            self.tally.refused += 1
            _log.warning("a search is refused", why=act.refused, officer=act.officer)
        else:
            self.tally.answered += 1
            _log.info("a search is answered", officer=act.officer, purpose=act.purpose)

    def _settle_judged(self, number: str, judged: Allowed | Refusal, token: str) -> SearchAct:
        act, once, build = (
            self._allowed(number, judged, token)
            if isinstance(judged, Allowed)
            else self._refused(number, judged, token)
        )
        self._store.searches.settle(act, once, build)
        return act

    def _judge(self, blob: bytes) -> tuple[str, Allowed | Refusal]:
        if len(blob) > SEARCH_LIMIT:
            sentence = f"it has more than {SEARCH_LIMIT} bytes, and was not read"
            return "", Refusal(Word.LARGE, sentence)
        try:
            bundle = open_bundle(blob, self._keyring.identity)
        except KeysError as error:
            _log.warning("a search cannot be opened", why=error)
            return "", Refusal(Word.UNREADABLE, _UNREADABLE)
        return bundle.number, self._judge_bundle(bundle)

    def _judge_bundle(self, bundle: Bundle) -> Allowed | Refusal:
        rosters = self._keyring.rosters
        rules = Rules(
            unit=self._unit.name,
            place=self._unit.place,
            law=self._law.search,
            section=self._section,
            roster=rosters.roster,
            shares=self._shares,
            grants=self._in_force(),
            seen=self._store.searches.seen,
        )
        return judge(bundle, rules, rosters.at())

    def _allowed(self, number: str, allowed: Allowed, token: str) -> tuple[SearchAct, Once, Build]:
        hits = find_hits(self._hits(), self._keyring.identity, allowed)
        over, reads = self._kept(allowed)
        payload = AnswerPayload(
            query=number,
            officer=allowed.asker.name,
            refused="",
            sentence=self._sentence(allowed, over),
            over=over,
            profile=_profile(self._law),
            hits=hits.newest,
            reads=reads.newest,
            found=hits.count + reads.count,
            truncated=max(hits.count, reads.count) > MOST_FOUND,
            unread=hits.unread,
            late=allowed.facts.late,
            clock_trusted=self._clock.trusted(),
        )
        act = _act(number, allowed.facts, over, hits, reads)
        query = allowed.query
        until_ns = round(from_time(query.expires).timestamp()) * 1_000_000_000
        once = Once(token, until_ns, query.officer, query.nonce)
        return act, once, self._build(payload, allowed)

    def _refused(
        self, number: str, refusal: Refusal, token: str
    ) -> tuple[SearchAct, Once, Build | None]:
        facts = _act(number, refusal.facts, Over.HITS, Hits((), 0, 0), Reads())
        told = {"refused": refusal.word.value, "sentence": refusal.sentence}
        act = SearchAct.model_validate({**facts.model_dump(), **told})
        once = Once(token, self._clock.now().utc_ns + _HOUR_NS)
        if refusal.asker is None:
            return act, once, None
        payload = AnswerPayload(
            query=number,
            officer=refusal.asker.name,
            over=Over.HITS,
            profile=_profile(self._law),
            hits=(),
            reads=(),
            found=0,
            truncated=False,
            unread=0,
            late=refusal.facts.late,
            clock_trusted=self._clock.trusted(),
            **told,
        )
        return act, once, self._build(payload, refusal)

    def _build(self, payload: AnswerPayload, judged: Allowed | Refusal) -> Build:
        own, asker = self._keyring.identity, judged.asker
        if asker is None:
            raise ValueError("nobody asked")

        def build(number: AlertId, now: Moment) -> Letter:
            return seal_answer(number, payload, now.iso(), own, asker)

        return build

    def _in_force(self) -> tuple[Standing, ...]:
        """Return the grants that the chain has in force: watch puts them there, and no other."""
        standing = self._grants.standing
        if not standing:
            return ()
        audit = self._store.audit
        rows = (audit.payload(number) for number in audit.numbers("grant"))
        last = {row["number"]: row["act"] for row in rows if row is not None}
        return tuple(one for one in standing if last.get(one.number) == "in-force")

    def _hits(self) -> Iterator[StoredHit]:
        for one in self._store.searches.hits():
            self._breathe()
            yield one

    def _kept(self, allowed: Allowed) -> tuple[Over, Reads]:
        if self._reads is None or not allowed.reads:
            return Over.HITS, Reads()
        since, until = _moment(allowed.since), _moment(allowed.until)
        return Over.HITS_AND_READS, found_reads(self._reads.find(allowed.pattern, since, until))

    def _sentence(self, allowed: Allowed, over: Over) -> str:
        if over is Over.HITS_AND_READS:
            told = "the hits and the kept reads that this unit still holds were searched"
            if self._reads is not None and self._reads.damaged:
                told += ", but kept reads are damaged, and more may have been there"
            return told
        if not self._law.search.reads:
            why = f"the law profile {_profile(self._law)} lets no kept reads be searched"
        elif not allowed.reads:
            why = "a grant lets another agency search no kept reads"
        else:
            why = "this unit keeps no reads"
        return f"hits alone were searched: {why}"

    def _forget(self) -> None:
        now = self._clock.now()
        if self._forgot is None or now.since(self._forgot) >= _FORGET_S:
            self._forgot = now
            self._store.searches.forget(now)


def _act(number: str, facts: Facts, over: Over, hits: Hits, reads: Reads) -> SearchAct:
    return SearchAct(
        query=number,
        officer=facts.officer,
        supervisor=facts.supervisor,
        via=facts.via,
        purpose=facts.purpose,
        case=facts.case,
        window_s=facts.window_s,
        since=facts.since,
        until=facts.until,
        share=facts.share,
        whole=facts.whole,
        over=over.value,
        hits=hits.count,
        reads=reads.count,
        late=facts.late,
    )


def _profile(law: Law) -> str:
    """Return the profile's name; of a town's own file its name without the folder."""
    return Path(law.name).stem[:80]


def _moment(at: datetime) -> Moment:
    return Moment(round(at.timestamp() * 1e9), 0)

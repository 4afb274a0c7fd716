"""When an alert is sent, revised and retracted.

A pass fires at its first sighting whose evidence suffices. What later evidence changes is a
revision under the same number; when the grade falls, or nothing is left of the hit, the revision
retracts; an alarm falls only where the evidence is clearly less, and is not raised twice in a pass
(:mod:`edge.policy.steady`). One pass has one alert, about its best hit: by grade, then probability,
then caution; a test comes after everything else of its grade.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from edge.clock import Moment
from edge.config.categories import CategoriesSection
from edge.config.policy import PolicySection
from edge.plates import alphabet
from edge.policy.corrections import Correction, corrected
from edge.policy.freshness import Ages, silence
from edge.policy.gates import judge, withdrawn
from edge.policy.quiet import RANK, Quiet, Word
from edge.policy.rules import Rules
from edge.policy.steady import lenient, steady
from edge.records import AlertId, Category, Grade, Hit, ListVersion, Sighting, Verdict

_MOST_PASSES = 512
_SAME_AT_END = 0.01  # a change of probability too small for a last revision


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """An alert or a revision to be sent.

    Attributes:
        revises: None for the first word about a pass.
        retracts: the grade fell; with grade ``none`` nothing is left of the hit, and *hit* is the
            earlier one with what is seen now.
    """

    hit: Hit
    verdict: Verdict
    revises: AlertId | None
    retracts: bool
    seen_again: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    alert_id: AlertId
    decision: Decision
    taken_back: frozenset[str]  # entries whose alarm was retracted in this pass


class Decider:
    """Decides for each sighting whether something is to be told.

    Args:
        home: jurisdiction of most cars at this place.
        categories: the rules of each category.

    Attributes:
        corrections: the confirmed ones; replaced as a whole, by any thread.
        silent_reason: why nothing was published at the last hit; empty when alerts go out. See
            :meth:`silence` for the list in force, hit or not.
    """

    def __init__(self, policy: PolicySection, home: str, categories: CategoriesSection) -> None:
        self.silent_reason = ""
        self.corrections: Sequence[Correction] = ()
        self._policy = policy
        self._home = home
        self._rules = Rules(categories, policy)
        self._quiet = Quiet(self._rules)
        self._ages = Ages()
        self._passes: OrderedDict[int, _Told] = OrderedDict()

    def retune(self, policy: PolicySection) -> None:
        """Judge by other limits from now on; what was told stays told."""
        self._policy = policy
        self._rules.retune(policy)

    def decide(
        self, sighting: Sighting, hits: Sequence[Hit], now: Moment, clock_trusted: bool
    ) -> list[Decision]:
        """Return what is to be told about a pass now: nothing, or one alert or revision.

        Whoever makes it safe tells its number by :meth:`published` before the next call; without
        that it was not told, and comes again.

        Args:
            hits: of this sighting, best first; empty when it is no listed plate.
            now: for the age of the list and for quiet times.
        """
        told = self._passes.get(sighting.track)
        decision = self._decision(told, sighting, hits, now, clock_trusted=clock_trusted)
        if decision is None and sighting.ended:
            self._passes.pop(sighting.track, None)
        return [decision] if decision else []

    def published(self, decision: Decision, alert_id: AlertId) -> None:
        """Take note that a decision is safe under the number that the store gave it."""
        sighting = decision.hit.sighting
        told = self._passes.pop(sighting.track, None)
        if told is not None and told.decision.hit.entry.entry_id != decision.hit.entry.entry_id:
            self._quiet.remember(told.decision.hit, Grade.NONE, decision.hit.matched)
        self._quiet.remember(decision.hit, decision.verdict.grade, decision.hit.matched)
        if not sighting.ended:
            self._passes[sighting.track] = _Told(alert_id, decision, _taken_back(told, decision))
        while len(self._passes) > _MOST_PASSES:
            self._passes.popitem(last=False)

    def recall(self, words: Iterable[Word]) -> None:
        """Take over what was told before this process started, the oldest first."""
        for word in words:
            self._quiet.recall(word)

    def withdrawn(self, alert_id: AlertId, entry_id: str) -> None:
        """Forget an alert that was taken back because its entry has left the list."""
        self._quiet.forget(entry_id)
        for track in [one for one, told in self._passes.items() if told.alert_id == alert_id]:
            del self._passes[track]

    def silence(self, version: ListVersion, now: Moment, clock_trusted: bool) -> str:
        """Return why nothing is published from a list, for health; empty when alerts go out."""
        age = self._ages.of(version, now, clock_trusted=clock_trusted)
        return silence(version, self._policy, now, clock_trusted=clock_trusted, age=age)

    def _decision(
        self,
        told: _Told | None,
        sighting: Sighting,
        hits: Sequence[Hit],
        now: Moment,
        *,
        clock_trusted: bool,
    ) -> Decision | None:
        known = hits[0] if hits else told.decision.hit if told else None
        if known is None:
            return None
        self.silent_reason = self.silence(known.list_version, now, clock_trusted)
        if self.silent_reason:
            return None
        best = self._best(told, hits, now, clock_trusted=clock_trusted)
        if told is None:
            return self._first(best, now)
        if best is None:
            return self._gone(told, sighting, now, clock_trusted=clock_trusted)
        return self._revision(told, *best)

    def _best(
        self, told: _Told | None, hits: Sequence[Hit], now: Moment, *, clock_trusted: bool
    ) -> tuple[Hit, Verdict] | None:
        judged = [(hit, self._steady(told, hit, now, clock_trusted=clock_trusted)) for hit in hits]
        standing = [pair for pair in judged if pair[1].grade is not Grade.NONE]
        if not standing:
            return None
        return max(
            standing,
            key=lambda pair: (
                RANK[pair[1].grade],
                pair[0].entry.category is not Category.TEST,
                pair[0].probability,
                bool(pair[0].entry.caution),
            ),
        )

    def _steady(self, told: _Told | None, hit: Hit, now: Moment, *, clock_trusted: bool) -> Verdict:
        verdict = self._judge(hit, now, clock_trusted=clock_trusted)
        if told is None:
            return verdict
        entry_id, before = hit.entry.entry_id, told.decision
        held_to = lenient(self._policy)
        return steady(
            verdict,
            stands=_alarmed(before) and before.hit.entry.entry_id == entry_id,
            taken_back=entry_id in told.taken_back,
            again=lambda: self._judge(hit, now, held_to, clock_trusted=clock_trusted),
        )

    def _judge(
        self, hit: Hit, now: Moment, policy: PolicySection | None = None, *, clock_trusted: bool
    ) -> Verdict:
        age = self._ages.of(hit.list_version, now, clock_trusted=clock_trusted)
        policy = policy or self._policy
        verdict = judge(hit, policy, self._home, now, clock_trusted=clock_trusted, age=age)
        verdict = corrected(verdict, hit, self.corrections, self._policy, now)
        return replace(verdict, handling=self._rules.handling(hit.entry.category))

    def _first(self, best: tuple[Hit, Verdict] | None, now: Moment) -> Decision | None:
        if best is None or self._quiet.covers(best[0], best[1].grade, now):
            return None
        again = self._quiet.told_before(best[0])
        return Decision(*best, revises=None, retracts=False, seen_again=again)

    def _revision(self, told: _Told, hit: Hit, verdict: Verdict) -> Decision | None:
        before = told.decision
        ended = hit.sighting.ended
        if not (self._changed(before, hit, verdict) or (ended and _changed_a_little(before, hit))):
            return None
        fell = RANK[verdict.grade] < RANK[before.verdict.grade]
        return Decision(hit, verdict, told.alert_id, fell, before.seen_again)

    def _changed(self, before: Decision, hit: Hit, verdict: Verdict) -> bool:
        return (
            verdict.grade is not before.verdict.grade
            or hit.entry.entry_id != before.hit.entry.entry_id
            or hit.sighting.text != before.hit.sighting.text
            or abs(hit.probability - before.hit.probability) >= self._policy.revise_gain
        )

    def _gone(
        self, told: _Told, sighting: Sighting, now: Moment, *, clock_trusted: bool
    ) -> Decision | None:
        """Return the retraction of a hit of which nothing is left, once."""
        before = told.decision
        if before.verdict.grade is Grade.NONE:
            return None
        entry = before.hit.entry
        plate, slots = entry.plate, sighting.slots
        probability = 0.0 if entry.partial else alphabet.probability(slots, plate)
        hit = replace(
            before.hit,
            sighting=sighting,
            probability=probability,
            posterior=min(before.hit.posterior, probability),
            exact=sighting.text == plate,
            contested=(),
            matched=now,
        )
        verdict = withdrawn(self._judge(hit, now, clock_trusted=clock_trusted))
        return Decision(hit, verdict, told.alert_id, retracts=True, seen_again=before.seen_again)


def _alarmed(decision: Decision) -> bool:
    return decision.verdict.grade is Grade.ALARM


def _taken_back(told: _Told | None, decision: Decision) -> frozenset[str]:
    """Return the entries of a pass whose alarm was retracted, this decision included."""
    if told is None:
        return frozenset()
    before = told.decision
    turned = before.hit.entry.entry_id != decision.hit.entry.entry_id
    if _alarmed(before) and (decision.retracts or turned):
        return told.taken_back | {before.hit.entry.entry_id}
    return told.taken_back


def _changed_a_little(before: Decision, hit: Hit) -> bool:
    """Say whether the end of a pass has anything to add to what was told."""
    return (
        abs(hit.probability - before.hit.probability) >= _SAME_AT_END
        or hit.sighting.best is not before.hit.sighting.best
        or hit.sighting.direction is not before.hit.sighting.direction
    )

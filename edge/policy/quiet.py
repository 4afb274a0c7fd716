"""What was told lately, so that one car does not alert twice, and one misread not as two cars.

Kept in memory only and bounded: after a restart an entry may alert again, under a new number.
"""

from collections import OrderedDict
from dataclasses import dataclass

from edge.clock import Moment
from edge.config.policy import PolicySection
from edge.plates.lookalikes import differing
from edge.records import Grade, Hit

_MOST = 1000
RANK = {Grade.NONE: 0, Grade.VERIFY: 1, Grade.ALARM: 2}


@dataclass(frozen=True, slots=True)
class _Word:
    """The last word about one entry."""

    plate: str
    grade: Grade
    said: Moment


class Quiet:
    """The last word about each entry told of late."""

    def __init__(self, policy: PolicySection) -> None:
        self._policy = policy
        self._words: OrderedDict[str, _Word] = OrderedDict()

    def __len__(self) -> int:
        return len(self._words)

    def covers(self, hit: Hit, grade: Grade, now: Moment) -> bool:
        """Say whether a first alert of another pass should not be sent.

        The same entry is quiet unless its grade is better than what was told. A plate that
        differs in one character from a told one is most likely the same car, misread: quiet,
        unless it is read exactly and graded better.
        """
        return any(
            self._same(word, grade, now)
            if entry_id == hit.entry.entry_id
            else self._similar(word, hit, grade, now)
            for entry_id, word in self._words.items()
        )

    def told_before(self, hit: Hit) -> bool:
        """Say whether the entry was told before, however long ago."""
        return hit.entry.entry_id in self._words

    def remember(self, hit: Hit, grade: Grade, now: Moment) -> None:
        """Keep the newest word about an entry; a retraction leaves none, so it may alert again."""
        self._words.pop(hit.entry.entry_id, None)
        if grade is Grade.NONE:
            return
        self._words[hit.entry.entry_id] = _Word(hit.entry.plate, grade, now)
        while len(self._words) > _MOST:
            self._words.popitem(last=False)

    def _same(self, word: _Word, grade: Grade, now: Moment) -> bool:
        lately = now.since(word.said) < self._policy.quiet_same_s
        return lately and RANK[grade] <= RANK[word.grade]

    def _similar(self, word: _Word, hit: Hit, grade: Grade, now: Moment) -> bool:
        if now.since(word.said) >= self._policy.quiet_similar_s:
            return False
        if hit.exact and RANK[grade] > RANK[word.grade]:
            return False
        return differing(word.plate, hit.entry.plate) <= 1

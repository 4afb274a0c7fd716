"""What was told lately, so that one car does not alert twice, and one misread not as two cars.

Kept in memory and bounded. After a restart the last words come back from what the store still
holds (:meth:`Quiet.recall`): a daemon that starts again and again beside a parked car is no siren.
"""

from collections import OrderedDict
from dataclasses import dataclass

from edge.clock import Moment
from edge.plates.lookalikes import differing
from edge.policy.rules import Rules
from edge.records import Category, Grade, Hit

_MOST = 1000
RANK = {Grade.NONE: 0, Grade.VERIFY: 1, Grade.ALARM: 2}


@dataclass(frozen=True, slots=True)
class Word:
    """The last word about one entry.

    Attributes:
        said: when, by the clock that never jumps.
    """

    entry_id: str
    plate: str
    category: Category
    grade: Grade
    said: Moment


class Quiet:
    """The last word about each entry told of late."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._words: OrderedDict[str, Word] = OrderedDict()

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
        entry = hit.entry
        self._words.pop(entry.entry_id, None)
        if grade is not Grade.NONE:
            self.recall(Word(entry.entry_id, entry.plate, entry.category, grade, now))

    def forget(self, entry_id: str) -> None:
        """Forget an entry: what was told of it was taken back."""
        self._words.pop(entry_id, None)

    def recall(self, word: Word) -> None:
        """Take a word over as the newest."""
        self._words.pop(word.entry_id, None)
        self._words[word.entry_id] = word
        while len(self._words) > _MOST:
            self._words.popitem(last=False)

    def _same(self, word: Word, grade: Grade, now: Moment) -> bool:
        lately = now.since(word.said) < self._rules.quiet_same_s(word.category)
        return lately and RANK[grade] <= RANK[word.grade]

    def _similar(self, word: Word, hit: Hit, grade: Grade, now: Moment) -> bool:
        if now.since(word.said) >= self._rules.quiet_similar_s(word.category):
            return False
        if word.category is Category.TEST and hit.entry.category is not Category.TEST:
            return False  # trying a unit hides nothing
        if hit.exact and RANK[grade] > RANK[word.grade]:
            return False
        return differing(word.plate, hit.entry.plate) <= 1

"""What the archive erases and when: letters after their days, unless a case holds them.

Only by a clock that can be trusted. Rows and heads of chains are kept for ever.
"""

from collections.abc import Callable, Mapping
from typing import Final

from edge.archive.store import ArchiveStore
from edge.clock import Clock, Moment
from edge.config.archive import ArchiveSection
from edge.config.categories import CategoriesSection
from edge.messages.acts import act_row
from edge.messages.acts_unit import Retention as RetentionAct
from edge.records import AlertId

_BATCHES: Final = 20  # in one run; the rest goes with the next


def nothing_held(_alert: AlertId) -> bool:
    """Say that no case holds an alert."""
    return False


class Retention:
    """Erases letters, each batch with its act in one transaction.

    Args:
        held: says whether a case holds an alert.
    """

    def __init__(
        self,
        store: ArchiveStore,
        section: ArchiveSection,
        categories: CategoriesSection,
        clock: Clock,
        held: Callable[[AlertId], bool] = nothing_held,
    ) -> None:
        self._store = store
        self._days: Mapping[str, float] = {
            **{name: rules.keep_days for name, rules in categories.items()},
            "verdict": section.keep_outcomes_days,
            "answer": section.keep_answers_days,
        }
        self._clock = clock
        self._held = held
        self._clean = False  # a run before a crash may have left something

    def run(self, now: Moment) -> int:
        """Erase what is due and return how many letters that were; cheap when nothing is.

        Raises:
            StoreError: the disk failed; nothing is half erased.
        """
        if not self._clock.trusted():
            return 0
        with self._store.transaction():
            self._store.letters.settle_ages(now)
        gone = 0
        for _ in range(_BATCHES):
            batch = self._batch(now)
            gone += batch
            if not batch:
                break
        if gone or not self._clean:
            self._clean = self._store.db.settle()
        return gone

    def _batch(self, now: Moment) -> int:
        with self._store.transaction():
            due = self._store.letters.due(self._days, now, self._held)
            if not due:
                return 0
            gone = self._store.letters.erase_ids(due)
            self._store.record("retention", act_row("retention", RetentionAct(erased=gone)))
        return gone

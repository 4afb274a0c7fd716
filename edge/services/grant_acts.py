"""Grants on the chain: each that comes into force or ends, and none in force that is not there."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from edge.errors import StoreError, StoreFull
from edge.keys.parties import to_time
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_town import GrantAct
from edge.policy.grants import Standing
from edge.store.store import Store

KIND: Final = "grant"
BY_WORD: Final = "somebody ended it"  # on the chain; such a grant never comes back
_BEGUN: Final = "in-force"
_OVER: Final = ("ended", BY_WORD)
_GONE: Final = ("ended", "it holds no more: its last day is over, or a key or its file is gone")
_log: Final = Log("edge.grants")

Record = Callable[[str, Mapping[str, Any]], object]
"""Puts one act on the chain, as :meth:`edge.store.store.Store.record` does."""


class GrantActs:
    """Lets a grant count from its row on the chain on; knows from the chain which have ended.

    Args:
        before: payloads of the rows of kind ``grant`` that the chain has already.
        broken: why others of them are not known; it stays a problem.

    Attributes:
        problem: why a grant does not count though it was signed; empty when all do.
    """

    def __init__(
        self, record: Record, before: Iterable[Mapping[str, Any]], broken: str = ""
    ) -> None:
        self.problem = broken
        self._broken = broken
        self._record = record
        self._last = {str(row["number"]): (str(row["act"]), str(row["why"])) for row in before}
        self._known: dict[str, Standing] = {}

    @property
    def ended(self) -> frozenset[str]:
        """Numbers that somebody has ended, by the chain: no file brings them back."""
        return frozenset(number for number, last in self._last.items() if last == _OVER)

    def admit(
        self, standing: Iterable[Standing], ended: Collection[str], at: datetime
    ) -> tuple[Standing, ...]:
        """Record what changed, and return the grants that may count at *at*.

        A grant whose beginning cannot be recorded does not begin; an end counts all the same, and
        is recorded as soon as it can be.
        """
        self.problem = self._broken
        due = {one.number: one for one in standing if one.holds(at) and one.number not in ended}
        for number in sorted(ended):
            self._note(number, self._known.get(number), _OVER)
        for number in self._in_force() - due.keys():
            self._note(number, self._known.get(number), _GONE)
        return tuple(
            one
            for one in due.values()
            if one.number not in self.ended and self._note(one.number, one, (_BEGUN, one.why))
        )

    def _in_force(self) -> set[str]:
        return {number for number, (act, _) in self._last.items() if act == _BEGUN}

    def _note(self, number: str, grant: Standing | None, word: tuple[str, str]) -> bool:
        """Say whether *word* is the last that the chain has of this grant."""
        if self._last.get(number) == word:
            return True
        try:
            self._record(KIND, act_row(KIND, _act(number, grant, *word)))
        except StoreFull as error:
            self.problem = f"grant {number[:12]}: {word[0]} cannot be recorded: {error}"
            _log.warning("a grant is not on the chain", number=number[:12], why=error)
            return False
        self._last[number] = word
        if grant is not None:
            self._known[number] = grant
        return True


def open_grant_acts(store: Store) -> GrantActs:
    """Return what records grants on a unit's chain; it knows those that are there.

    A row that was changed since is told of, and the grants go on by their files and other rows.
    """
    before, broken = [], []
    for number in store.audit.numbers(KIND):
        try:
            payload = store.audit.payload(number)
        except StoreError as error:
            broken.append(str(error))
            continue
        if payload is not None:
            before.append(payload)
    for why in broken:
        _log.warning("a grant's row on the chain does not hold", why=why)
    return GrantActs(store.record, before, "; ".join(broken))


def _act(number: str, grant: Standing | None, act: str, why: str) -> GrantAct:
    fields: dict[str, Any] = {"number": number, "act": act, "why": why, "who": "", "what": ()}
    if grant is not None:
        fields["who"] = grant.who
        fields["what"] = (*sorted(grant.categories), *sorted(grant.uses))
        fields["since"], fields["until"] = to_time(grant.since), to_time(grant.until)
    return GrantAct.model_validate(fields)

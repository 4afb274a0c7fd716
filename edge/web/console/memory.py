"""What the console shows, in memory and parsed: filled from its store, and kept in step with it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from edge.errors import ConsoleError
from edge.messages.alert import parse_alert
from edge.messages.outcome import parse_outcome
from edge.records import AlertId
from edge.store.console import ConsoleStore
from edge.store.words import KeptWord
from edge.web.console.told import EntryKey, Told, Word, version

_JOIN_NS: Final = 4 * 3600 * 1_000_000_000  # passes of one entry further apart have a card each


class Memory:
    """Alerts in groups of passes of one entry, and what was said of each; not safe for threads.

    Args:
        store: opened; what is held there is loaded by :meth:`load`.
    """

    def __init__(self, store: ConsoleStore) -> None:
        self._store = store
        self._told: dict[AlertId, Told] = {}
        self._words: dict[AlertId, list[Word]] = {}
        self._groups: list[list[AlertId]] = []
        self._group_of: dict[AlertId, list[AlertId]] = {}
        self._before: set[tuple[AlertId, int]] | None = None  # revisions of earlier runs
        self._newest: dict[EntryKey, list[AlertId]] = {}  # of each entry's groups

    def load(self) -> None:
        """Forget everything and load what the store holds."""
        self._told, self._groups, self._group_of, self._newest = {}, [], {}, {}
        touched, first = self._store.alerts.touched(), self._before is None
        self._before = self._before or set()
        for alert_id in self._store.alerts.held():
            if first:
                revisions = self._store.alerts.of(alert_id)
                self._before |= {(alert_id, one.revision) for one in revisions}
            self._put(alert_id, alert_id in touched)
        found: dict[AlertId, list[Word]] = defaultdict(list)
        for kept in self._store.words.all():
            word = _word(kept)
            found[about(word)].append(word)
        self._words = {alert_id: in_order(words) for alert_id, words in found.items()}

    def refresh(self, alert_id: AlertId) -> None:
        """Load one alert anew: a revision came, it was touched, or somebody spoke of it."""
        self._put(alert_id, self._store.alerts.is_touched(alert_id))
        kept = self._store.words.all(alert_id)
        self._words[alert_id] = in_order([_word(one) for one in kept])

    def groups(self) -> list[list[Told]]:
        """Return the passes of each entry, the oldest first."""
        return [[self._told[one] for one in group] for group in self._groups]

    def places(self) -> dict[str, str]:
        """Return where each unit's newest alert was seen, by unit."""
        told = sorted(self._told.values(), key=lambda one: one.newest.captured_ns)
        return {one.message.unit: one.message.payload.place.name for one in told}

    def group(self, alert_id: AlertId) -> list[Told]:
        """Return the passes up to that of *alert_id*.

        Raises:
            ConsoleError: there is no such alert here.
        """
        group = self._group_of.get(alert_id)
        if group is None:
            raise ConsoleError("this alert is not on this console, or was erased after its time")
        return [self._told[one] for one in group[: group.index(alert_id) + 1]]

    def words(self, alert_id: AlertId) -> list[Word]:
        """Return what officers said of an alert, the oldest first."""
        return self._words.get(alert_id, [])

    def plates(self) -> set[str]:
        """Return the listed plates of the alerts that are held."""
        return {told.message.payload.entry.plate for told in self._told.values()}

    def _put(self, alert_id: AlertId, touched: bool) -> None:
        told = self._read(alert_id, touched)
        if told is None:
            return
        new = alert_id not in self._told
        self._told[alert_id] = told
        if new:
            self._join(alert_id, told)

    def _read(self, alert_id: AlertId, touched: bool) -> Told | None:
        """Return an alert from its revisions; what came out of order is put in its place."""
        revisions = sorted(self._store.alerts.of(alert_id), key=lambda one: one.revision)
        if not revisions:
            return None
        before = self._before or set()
        messages = [parse_alert(one.words) for one in revisions]
        versions = tuple(
            version(
                message,
                one.received_ns,
                trusted=one.trusted,
                before=(alert_id, one.revision) in before,
            )
            for message, one in zip(messages, revisions, strict=True)
        )
        crop = any(one.picture for one in revisions)
        return Told(str(alert_id), messages[-1], versions, touched, crop)

    def _join(self, alert_id: AlertId, told: Told) -> None:
        group = self._found(told)
        if group is None:
            group = []
            self._groups.append(group)
            self._newest[told.entry] = group
        group.append(alert_id)
        group.sort(key=lambda one: self._told[one].newest.captured_ns)
        self._group_of[alert_id] = group

    def _found(self, told: Told) -> list[AlertId] | None:
        """Return the newest group of the same entry, if its last pass was not long ago."""
        group = self._newest.get(told.entry)
        if group is None:
            return None
        last = self._told[group[-1]]
        apart = abs(told.newest.captured_ns - last.newest.captured_ns)
        return group if told.message.payload.seen_again or apart <= _JOIN_NS else None


def about(word: Word) -> AlertId:
    """Return which alert was spoken of."""
    ref = word.message.payload.alert
    return AlertId(ref.unit, ref.epoch, ref.sequence)


def in_order(words: Sequence[Word]) -> list[Word]:
    """Return what was said in the order in which it was said.

    It comes in any order: the newest goes out first. By their times, but the words of one console
    by its own count, which no clock that is set can turn round.
    """
    counted: dict[tuple[str, str], Iterator[Word]] = {}
    for source in {_source(word) for word in words}:
        own = [word for word in words if _source(word) == source]
        counted[source] = iter(sorted(own, key=lambda word: word.message.sequence))
    timed = sorted(words, key=lambda word: word.message.payload.at)
    return [next(counted[_source(word)]) for word in timed]


def _source(word: Word) -> tuple[str, str]:
    return word.message.unit, word.message.epoch


def parse_number(text: str) -> AlertId:
    """Return the alert that a page names.

    Raises:
        ConsoleError: it is no number of an alert.
    """
    parts = text.split("/")
    if len(parts) != 3 or not parts[2].isascii() or not parts[2].isdigit() or len(parts[2]) > 16:
        raise ConsoleError("this is no number of an alert: it is unit/epoch/sequence")
    return AlertId(parts[0], parts[1], int(parts[2]))


def _word(kept: KeptWord) -> Word:
    return Word(parse_outcome(kept.words), kept.own, kept.received)

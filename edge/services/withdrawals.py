"""Alerts whose entry has left the list are taken back: a recovered car is stopped by nobody.

Looked at after each swap of the list, at the start and every minute, in the line's thread. What
counts is the car: while its plate stands on the list, under whatever number, nothing is taken back.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import KeysError, MessageError, StoreError, StoreFull
from edge.hotlist.index import Index
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.identity import Identity
from edge.keys.parties import to_time
from edge.log import Log
from edge.messages.alert import parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.letter import Letter, open_own
from edge.messages.topics import Kind
from edge.messages.withdrawal import withdraw
from edge.records import Alert, AlertId, Category, Entry, Grade
from edge.services.sealer import Sealer
from edge.store import Store

_MOST: Final = 1000
_RECALLED: Final = 400  # at a start each is read from the disk, picture and all, and opened
_LOOK_S: Final = 60.0  # entries expire without a new list
_HOUR_S: Final = 3600.0
_LEFT: Final = (
    "The list's owner has withdrawn this entry (recovered?): it is no longer on the list {}. Do not"
    " act on this alert."
)
_ENDED: Final = "This entry expired at {} and is on no list any more. Do not act on this alert."

_log = Log("edge.withdrawals")


class Told(Protocol):
    """Who remembers what was told."""

    def withdrawn(self, alert_id: AlertId, entry_id: str) -> None:
        """Forget an alert that was taken back, so that its entry may alert again."""


@dataclass(frozen=True, slots=True)
class _Alerted:
    entry_id: str
    plate: str
    jurisdiction: str
    expires: datetime
    said: Moment


class Withdrawals:
    """Watches over the alerts of late.

    Args:
        hours: how long after an alert it is still taken back.
        told: tells the line of it.
    """

    def __init__(
        self,
        *,
        hours: float,
        store: Store,
        hotlist: HotlistKeeper,
        sealer: Sealer,
        own: Identity,
        told: Told,
        clock: Clock,
    ) -> None:
        self._longest_s = hours * _HOUR_S
        self._store = store
        self._hotlist = hotlist
        self._sealer = sealer
        self._own = own
        self._told = told
        self._clock = clock
        self._alerts: OrderedDict[AlertId, _Alerted] = OrderedDict()
        self._seen: Index | None = None
        self._looked: Moment | None = None

    def __len__(self) -> int:
        return len(self._alerts)

    def recall(self) -> None:
        """Take over from the store what was told before this process started."""
        now, trusted = self._clock.now(), self._clock.trusted()
        for alert_id, _, letter in self._store.newest_alerts(_RECALLED):
            try:
                message = parse_alert(open_own(Kind.ALERT, Letter(letter.body), self._own)[0])
            except (KeysError, MessageError) as error:
                _log.warning("a stored alert cannot be read, nor taken back", why=error)
                continue
            self._alerts.pop(alert_id, None)
            if message.payload.grade is not Grade.NONE:
                self._keep(alert_id, _of_message(message, now, trusted=trusted))

    def note(self, alert: Alert, alert_id: AlertId) -> None:
        """Take note of an alert or a revision that is safe in the store."""
        self._alerts.pop(alert_id, None)
        if alert.verdict.grade is not Grade.NONE:
            entry = alert.hit.entry
            said = self._clock.now()
            self._keep(
                alert_id,
                _Alerted(entry.entry_id, entry.plate, entry.jurisdiction, entry.expires, said),
            )

    def refresh(self) -> None:
        """Take back what the list in force no longer holds, if it is time to look.

        Raises:
            StoreError: the store cannot be written.
        """
        current, now = self._hotlist.current, self._clock.now()
        lately = self._looked is not None and now.since(self._looked) < _LOOK_S
        if current is None or (current is self._seen and lately):
            return
        self._seen, self._looked = current, now
        for alert_id, one in list(self._alerts.items()):
            if now.since(one.said) > self._longest_s:
                del self._alerts[alert_id]
            elif sentence := self._why(one, current):
                self._take_back(alert_id, one, sentence)

    def _why(self, one: _Alerted, current: Index) -> str:
        """Return why an alert does not stand any more; empty while its car is on the list."""
        at = datetime.fromtimestamp(self._clock.now().utc_ns // 1_000_000_000, UTC)
        trusted = self._clock.trusted()  # a clock that nobody has set ends no entry
        same = [entry for entry in current.entries(one.plate) if _same_car(entry, one)]
        if any(not (trusted and entry.expired(at)) for entry in same):
            return ""
        if same or (trusted and at >= one.expires):
            return _ENDED.format(to_time(max((each.expires for each in same), default=one.expires)))
        return _LEFT.format(current.version.version)

    def _take_back(self, alert_id: AlertId, one: _Alerted, sentence: str) -> None:
        def amend(letter: Letter, revision: int, stored: Moment) -> Letter:
            words, _ = open_own(Kind.ALERT, Letter(letter.body), self._own)
            message = parse_alert(words)
            handling = message.payload.handling
            category = Category.TEST if handling.test else message.payload.entry.category
            back = withdraw(message, revision, stored, sentence)
            return self._sealer.seal(back, b"", handling.recipients, category)

        del self._alerts[alert_id]
        try:
            self._store.withdraw(alert_id, amend)
        except StoreFull:
            raise
        except (StoreError, KeysError, MessageError) as error:
            _log.warning("an alert cannot be taken back", alert=alert_id, why=error)
            return
        self._told.withdrawn(alert_id, one.entry_id)
        _log.info("an alert is taken back: its entry has left the list", alert=alert_id)

    def _keep(self, alert_id: AlertId, one: _Alerted) -> None:
        self._alerts[alert_id] = one
        while len(self._alerts) > _MOST:
            self._alerts.popitem(last=False)


def _same_car(entry: Entry, one: _Alerted) -> bool:
    """Say whether an entry of the same plate may mean the same car."""
    places = {entry.jurisdiction, one.jurisdiction} - {""}
    return len(places) < 2


def _of_message(message: AlertMessage, now: Moment, *, trusted: bool) -> _Alerted:
    entry = message.payload.entry
    age_s = 0.0  # where times cannot be compared, it may have been a moment ago
    if trusted and message.payload.clock_trusted:
        stored = datetime.fromisoformat(message.payload.times.stored)
        age_s = max(0.0, now.utc_ns / 1e9 - stored.timestamp())
    return _Alerted(
        entry.entry_id,
        entry.plate or entry.partial,
        entry.jurisdiction,
        datetime.fromisoformat(entry.expires),
        now.later(-age_s),
    )

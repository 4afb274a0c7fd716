"""What was told before this process started: a restart beside a parked car is no second siren."""

from datetime import datetime

from edge.clock import Clock, Moment
from edge.errors import KeysError, MessageError
from edge.keys.identity import Identity
from edge.log import Log
from edge.messages.alert import parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.letter import Letter, open_own
from edge.messages.topics import Kind
from edge.policy.quiet import Word
from edge.records import Category, Grade
from edge.store import Store

_MOST = 200
_LONG_AGO_S = 1e6
_log = Log("edge.recall")


def last_words(store: Store, clock: Clock, own: Identity) -> list[Word]:
    """Return the newest word about each entry that the store still holds, the oldest first.

    Every alert is sealed to the unit itself as well, so that it can be read here.

    A word of a time that cannot be compared with this clock's counts as said long ago: its entry is
    not quiet, but it is seen again.
    """
    words: dict[str, Word] = {}
    now = clock.now()
    for _, _, letter in store.newest_alerts(_MOST):
        try:
            message = parse_alert(open_own(Kind.ALERT, Letter(letter.body), own)[0])
        except (KeysError, MessageError) as error:
            _log.warning("a stored alert cannot be read, so its entry is not quiet", why=error)
            continue
        words.pop(message.payload.entry.entry_id, None)
        if message.payload.grade is not Grade.NONE:
            said = _said(message, now, trusted=clock.trusted())
            words[message.payload.entry.entry_id] = _word(message, said)
    return list(words.values())


def _word(message: AlertMessage, said: Moment) -> Word:
    payload, entry = message.payload, message.payload.entry
    category = Category.TEST if payload.handling.test else Category(entry.category)
    return Word(entry.entry_id, entry.plate or entry.partial, category, payload.grade, said)


def _said(message: AlertMessage, now: Moment, *, trusted: bool) -> Moment:
    if not (trusted and message.payload.clock_trusted):
        return now.later(-_LONG_AGO_S)
    stored = datetime.fromisoformat(message.payload.times.stored)
    age_s = now.utc_ns / 1e9 - stored.timestamp()
    return now.later(-age_s) if age_s >= 0.0 else now.later(-_LONG_AGO_S)

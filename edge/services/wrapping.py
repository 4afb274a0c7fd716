"""Wrapping keys, in the archive's loop: a unit's signed ask in, an order sealed to it out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.archive.wrapping import FOLDER, WrappingKeys
from edge.clock import Clock, Moment
from edge.config import Settings
from edge.delivery.events import Received
from edge.errors import KeysError, StoreError
from edge.keys.roles import Role
from edge.messages.keys import open_ask, read_ask, sign_give
from edge.messages.order import Order, seal_order
from edge.messages.topics import Kind, every_unit, parse_topic, topic
from edge.policy.law import open_law
from edge.services.archive_intake import Reply
from edge.services.keyring import Keyring

_STEP_S: Final = 20.0
_LEAST_S: Final = 5.0  # between two asks of a unit that are answered


class WrappingGuest:
    """A guest of the archive's loop.

    Attributes:
        topics: what it hears.
    """

    def __init__(self, keys: WrappingKeys, keyring: Keyring, clock: Clock) -> None:
        self._keys = keys
        self._keyring = keyring
        self._clock = clock
        self._stepped: Moment | None = None
        self._answered: dict[tuple[str, str], Moment] = {}
        self._problem = ""
        self.topics: tuple[str, ...] = (every_unit(keyring.identity.town, Kind.KEYS),)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why old keys cannot be deleted."""
        return (self._problem,) if self._problem else ()

    def take(self, event: Received) -> Sequence[Reply]:
        """Answer a unit's ask with an order for it.

        Raises:
            KeysError: it is not signed by the unit of the topic, or asks too often or too much.
            MessageError: it came on no topic of ours.
            StoreError: a key cannot be kept; the ask comes again.
        """
        unit = parse_topic(event.topic).unit
        roster, at = self._keyring.rosters.roster, self._keyring.rosters.at()
        signed = open_ask(event.payload)
        party = roster.check(signed, Role.UNIT, at)
        if party.name != unit:
            raise KeysError(f"an ask for keys of {unit} is signed by {party.name}")
        ask = read_ask(signed)
        now = self._clock.now()
        last = self._answered.get((unit, ask.act))
        if last is not None and now.since(last) < _LEAST_S:
            raise KeysError(f"{unit} asks for keys more often than every {_LEAST_S:.0f} s")
        give = self._keys.answer(unit, ask)
        self._answered[unit, ask.act] = now
        own = self._keyring.identity
        order = Order(own.name, (sign_give(give, own),))
        return [(topic(own.town, unit, Kind.COMMAND), seal_order(order, party))]

    def step(self, now: Moment) -> Sequence[Reply]:
        """Let die what is due."""
        if self._stepped is not None and now.since(self._stepped) < _STEP_S:
            return ()
        self._stepped = now
        try:
            self._keys.step()
        except StoreError as error:
            self._problem = f"keys of reads that are over are still here: {error}"
            return ()
        self._problem = ""
        return ()

    def stop(self) -> None:
        """Do nothing: all is on the disk."""


def open_wrapping(settings: Settings, keyring: Keyring, clock: Clock) -> WrappingGuest:
    """Return the guest, its folder made.

    Raises:
        StoreError: the folder cannot be made.
    """
    law = open_law(settings.law.profile)
    keys = WrappingKeys(Path(settings.archive.folder) / FOLDER, law.reads_max_s, clock)
    keys.open()
    return WrappingGuest(keys, keyring, clock)

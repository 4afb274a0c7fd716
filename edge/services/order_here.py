"""An order at the machine that sends it: taken into its own store, beside its daemon, or refused.

A command under a party's keys visits the broker under that party's name, so the broker is no way
to bring the order to that party itself: with the shipped mosquitto, which gives a certificate one
session, command and daemon would push each other out. The store is opened by both at once.
"""

import os
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config.settings import Settings
from edge.errors import EdgeError, StoreError
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.messages.order import Order
from edge.services.machine_store import check_there, folder_of, open_machine_store
from edge.services.order_send import Word
from edge.services.orders import OrderDesk

_AGAIN: Final = "; nothing of it holds here: mend this, and send it again"


def take_here(order: Order, settings: Settings, keys: Path, own: Identity, clock: Clock) -> Word:
    """Return what became of *order* at this machine, as if it had come from another.

    Args:
        keys: the folder with *own*'s keys; rosters and grants in the order go there.
    """
    try:
        check_there(settings, own)
        _check_user(settings, own)
        with open_machine_store(settings, own, clock) as store:
            corrections = Path(settings.policy.corrections) if settings.policy.corrections else None
            desk = OrderDesk(
                keys,
                None if own.role is Role.ARCHIVE else corrections,
                settings.policy.correction_days,
                clock,
                takers=store.takers,
            )
            taken = desk.install(order)
    except OSError as error:
        why = f"refused: {error.filename or keys}: {error.strerror or error}{_AGAIN}"
        return Word(own.name, str(own.role), taken=False, sentence=why)
    except EdgeError as error:
        return Word(own.name, str(own.role), taken=False, sentence=f"refused: {error}{_AGAIN}")
    return Word(own.name, str(own.role), taken.taken, taken.sentence)


def _check_user(settings: Settings, own: Identity) -> None:
    """Return if files made here are the daemon's own.

    Raises:
        StoreError: the store is another user's, whose daemon could not write what we make.
        OSError: its folder cannot be looked at.
    """
    folder = folder_of(settings, own.role)
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise StoreError(
            f"{folder} belongs to the user {owner}, and this runs as {os.geteuid()}: run it as"
            f" that user (sudo -u '#{owner}')"
        )

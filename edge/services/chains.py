"""The chain's sender, built for a unit's deliver and for a console."""

from collections.abc import Callable
from pathlib import Path

from edge.clock import Clock
from edge.config.settings import Settings
from edge.delivery.chain import ChainSender
from edge.delivery.sender import Publisher
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.messages.head import HEAD_FILE, HEAD_LIMIT, sign_head
from edge.messages.links import Link
from edge.services.heads import head_of
from edge.store.console import ConsoleStore
from edge.store.store import Store


def unit_chain(
    settings: Settings, store: Store, publisher: Publisher, rosters: RosterKeeper, clock: Clock
) -> ChainSender:
    """Return what sends a unit's chain: deliver has no key, so the heads are those of watch."""
    file = Path(settings.runtime.folder) / HEAD_FILE

    def head() -> bytes:
        """Return what watch wrote last; without a watch, the newest that the store kept."""
        blob = file.read_bytes() if file.exists() else b""
        return blob if 0 < len(blob) <= HEAD_LIMIT else store.proofs.newest_head()[1]

    unit = settings.unit
    return ChainSender(
        town=unit.town,
        name=unit.name,
        epoch=store.epoch,
        proofs=store.proofs,
        head=head,
        rosters=rosters,
        publisher=publisher,
        busy=lambda: bool(store.outbox.pending(clock.now(), 1)),
    )


def console_chain(
    store: ConsoleStore,
    own: Identity,
    publisher: Publisher,
    rosters: RosterKeeper,
    clock: Clock,
) -> ChainSender:
    """Return what sends a console's chain; it signs its own heads."""
    return ChainSender(
        town=own.town,
        name=own.name,
        epoch=store.epoch,
        proofs=store.proofs,
        head=_signer(store, own, clock),
        rosters=rosters,
        publisher=publisher,
        busy=lambda: bool(store.outbox.pending(clock.now(), 1)),
    )


def _signer(store: ConsoleStore, own: Identity, clock: Clock) -> Callable[[], bytes]:
    made: tuple[Link | None, bytes] = (None, b"")

    def head() -> bytes:
        nonlocal made
        link = store.audit.head()
        if link is None or link == made[0]:
            return made[1]
        blob = sign_head(head_of(own, store, link, clock.now()), own)
        store.proofs.keep_head(link.number, blob)
        made = (link, blob)
        return blob

    return head

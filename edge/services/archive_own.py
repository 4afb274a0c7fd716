"""The archive's own chain on its way: signed, published to auditors, and to other archives.

Nobody must have to trust the archive: what it signed of itself lies with others too. Another
archive answers with how far it holds the chain, and is sent what it lacks; auditors only listen.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from edge.archive.export import sign_own_head
from edge.archive.store import ArchiveStore
from edge.clock import Moment
from edge.delivery.events import Received
from edge.errors import MessageError
from edge.keys.canonical import from_text
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.messages.chain import MOST_ROWS, PayloadRow, build_chain
from edge.messages.chain_receipt import is_chain_receipt, open_chain_receipt
from edge.messages.fleet import ChainState
from edge.messages.links import Link
from edge.messages.topics import Kind, topic
from edge.services.archive_intake import Reply
from edge.services.keyring import Keyring

EVERY_S: Final = 60.0
_MOST_BYTES: Final = 40_000  # of payloads in a batch


class OwnChain:
    """A guest of the archive's loop (see :class:`edge.services.archive_guests.Guest`)."""

    def __init__(self, store: ArchiveStore, keyring: Keyring) -> None:
        own = keyring.identity
        self.topics: tuple[str, ...] = (topic(own.town, own.name, Kind.RECEIPT),)
        self.problems: tuple[str, ...] = ()
        self._store = store
        self._keyring = keyring
        self._own = own
        self._said: int | None = None  # up to this row all was published
        self._due: Moment | None = None

    def take(self, event: Received) -> Sequence[Reply]:
        """Take another archive's word on how far it holds our chain, and go back to there."""
        if not is_chain_receipt(event.payload):
            raise MessageError(f"nobody here takes what came on {event.topic}")
        rosters = self._keyring.rosters
        found = open_chain_receipt(event.payload, rosters.roster, rosters.at())
        if (found.name, found.epoch) != (self._own.name, self._store.epoch):
            raise MessageError(f"a receipt for rows of {found.name}/{found.epoch}: not ours")
        if self._said is not None and found.number < self._said:
            self._said, self._due = found.number, None
        return ()

    def step(self, now: Moment) -> Sequence[Reply]:
        """Sign and publish what has been added, a batch a second at most."""
        state = self._store.own()
        if state is None or (self._due is not None and now.since(self._due) < EVERY_S):
            return ()
        if self._said is None:
            self._said = self._store.signed(state.name, state.epoch)
        if self._said >= state.number:
            return ()
        sign_own_head(self._store, self._own, now.iso())
        blob = self._batch(state, self._said, now)
        if self._said >= state.number:
            self._due = now
        return [(topic(self._own.town, self._own.name, Kind.CHAIN), blob)]

    def stop(self) -> None:
        """End; what was not published goes after the next start."""

    def _batch(self, state: ChainState, after: int, now: Moment) -> bytes:
        """Return the next rows, and note how far they go."""
        links = list(islice(self._store.rows(state.name, state.epoch, after), MOST_ROWS))
        told = self._store.payloads(state.name, state.epoch, links[0].number, links[-1].number)
        rows, payloads = _fitting(links, {one.number: one for one in told})
        readers = self._readers()
        *_, head = self._store.heads(state.name, state.epoch)
        own = self._own
        blob = build_chain(
            own.town,
            own.name,
            state.epoch,
            rows,
            payloads if readers else [],
            from_text(head, "our own head"),
            readers,
            now,
        )
        self._said = rows[-1].number
        return blob

    def _readers(self) -> list[Party]:
        roster, at = self._keyring.rosters.roster, self._keyring.rosters.at()
        found = [*roster.recipients(Role.ARCHIVE, at), *roster.recipients(Role.AUDITOR, at)]
        return [party for party in found if party.name != self._own.name]


def _fitting(
    links: Sequence[Link], told: dict[int, PayloadRow]
) -> tuple[list[Link], list[PayloadRow]]:
    """Return as many rows as one message holds with what they commit to, at least one."""
    rows: list[Link] = []
    payloads: list[PayloadRow] = []
    size = 0
    for link in links:
        payload = told.get(link.number)
        size += len(payload.text) if payload else 0
        if rows and size > _MOST_BYTES:
            break
        rows.append(link)
        payloads += [payload] if payload else []
    return rows, payloads

"""What survives a power cut: alerts, outbox, audit chain."""

from edge.store.audit import Break, Link, verify
from edge.store.outbox import OutboxRow
from edge.store.outgoing import Outgoing, open_outgoing
from edge.store.retention import Erased
from edge.store.room import Room
from edge.store.seen import Came, Novelty, Seen
from edge.store.store import Amend, Build, Store, open_store

__all__ = [
    "Amend",
    "Break",
    "Build",
    "Came",
    "Erased",
    "Link",
    "Novelty",
    "OutboxRow",
    "Outgoing",
    "Room",
    "Seen",
    "Store",
    "open_outgoing",
    "open_store",
    "verify",
]

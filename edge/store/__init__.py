"""What survives a power cut: alerts, outbox, audit chain."""

from edge.store.audit import Break, Link, verify
from edge.store.outbox import OutboxRow
from edge.store.retention import Erased
from edge.store.room import Room
from edge.store.seen import Novelty, Seen
from edge.store.store import Build, Store, open_store

__all__ = [
    "Break",
    "Build",
    "Erased",
    "Link",
    "Novelty",
    "OutboxRow",
    "Room",
    "Seen",
    "Store",
    "open_store",
    "verify",
]

"""The tables of our databases, one script per version; a script that shipped never changes.

``OUTGOING`` is the part of whoever numbers, queues and records messages of its own: a unit's
alerts, a console's outcomes. ``edge.store.outgoing`` works on it in any database that has it.
"""

from typing import Final

UNIT_ID: Final = 0x45504C54  # "EPLT": a unit's store
SEEN_ID: Final = 0x4550534E  # "EPSN": what a receiver has shown

# Numbers and revisions are kept for ever (no plate in them): a late revision must count on.
# Bodies, pictures and audit payloads stand apart, so that they can be erased while the chain still
# verifies; a picture may go before its body. ``rank`` is the newest row of the number's unsent
# revisions: a fresh revision of an old number is live, and brings the older ones along before it.
OUTGOING: Final = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE numbers (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        revision INTEGER NOT NULL,
        stored_ns INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE outbox (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        sequence INTEGER NOT NULL REFERENCES numbers (sequence),
        revision INTEGER NOT NULL,
        rank INTEGER NOT NULL DEFAULT 0,
        kind TEXT NOT NULL,
        body BLOB NOT NULL,
        digest TEXT NOT NULL,
        stored_ns INTEGER NOT NULL,
        kept_from_ns INTEGER NOT NULL,
        clock_trusted INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try_ns INTEGER NOT NULL DEFAULT 0,
        received_ns INTEGER,
        picture_dropped INTEGER NOT NULL DEFAULT 0,
        UNIQUE (sequence, revision)
    ) STRICT;
    CREATE INDEX outbox_unsent ON outbox (rank DESC, revision)
        WHERE received_ns IS NULL AND attempts = 0;
    CREATE INDEX outbox_due ON outbox (next_try_ns) WHERE received_ns IS NULL AND attempts > 0;
    CREATE INDEX outbox_waiting ON outbox (kept_from_ns) WHERE received_ns IS NULL;
    CREATE INDEX outbox_received ON outbox (received_ns) WHERE received_ns IS NOT NULL;
    CREATE INDEX outbox_bare ON outbox (row) WHERE received_ns IS NULL AND picture_dropped = 1;
    CREATE TABLE pictures (
        row INTEGER PRIMARY KEY REFERENCES outbox (row) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        commitment TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_kind ON audit (kind, at);
    CREATE TABLE audit_payloads (
        number INTEGER PRIMARY KEY REFERENCES audit (number),
        salt TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT;
    """

# What stays longer, or goes earlier, than by its receipt alone. ``keep_ns`` counts from
# ``kept_from_ns``; null: it goes soon after its receipt. ``held``: numbers of this store. Ended
# holds and done purges stay: the same order brought again must not revive a hold, and a late
# revision is purged as well. Each question of retention has its index: thousands stay for weeks.
KEEPING: Final = """
    ALTER TABLE outbox ADD COLUMN keep_ns INTEGER;
    CREATE INDEX outbox_soon ON outbox (received_ns)
        WHERE received_ns IS NOT NULL AND keep_ns IS NULL;
    CREATE INDEX outbox_kept ON outbox (kept_from_ns + keep_ns) WHERE keep_ns IS NOT NULL;
    CREATE INDEX outbox_from ON outbox (kept_from_ns);
    CREATE INDEX outbox_unset ON outbox (row) WHERE clock_trusted = 0;
    CREATE TABLE holds (
        number TEXT PRIMARY KEY,
        alert TEXT NOT NULL,
        own INTEGER,
        fields TEXT NOT NULL,
        until_ns INTEGER NOT NULL,
        ended INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX holds_alert ON holds (alert) WHERE ended = 0;
    CREATE VIEW held AS SELECT own AS sequence FROM holds WHERE ended = 0 AND own IS NOT NULL;
    CREATE TABLE purges (
        alert TEXT PRIMARY KEY,
        outcome TEXT NOT NULL,
        officer TEXT NOT NULL,
        at TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    """

# Heads of the chain as they were signed, and the newest receipt of each archive: who cuts the chain
# later has them against them.
PROOFS: Final = """
    CREATE TABLE signed_heads (
        number INTEGER PRIMARY KEY,
        head BLOB NOT NULL
    ) STRICT;
    CREATE TABLE chain_receipts (
        archive TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        receipt BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

# Searches that were judged: a token for each taking-up, so that a crash in the middle answers once;
# and who asked with which nonce, so that a search counts once. No plate stands here.
SEARCHES: Final = """
    CREATE TABLE searches (
        token TEXT PRIMARY KEY,
        officer TEXT NOT NULL,
        nonce TEXT NOT NULL,
        until_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX searches_nonce ON searches (officer, nonce);
    """

UNIT: Final = (OUTGOING, KEEPING, PROOFS, SEARCHES)

SEEN: Final = (
    """
    CREATE TABLE seen (
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        digest TEXT NOT NULL,
        seen_ns INTEGER NOT NULL,
        PRIMARY KEY (unit, epoch, sequence, revision)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE unshown (
        number INTEGER PRIMARY KEY,
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        letter BLOB NOT NULL,
        UNIQUE (unit, epoch, sequence, revision)
    ) STRICT;
    """,
)

"""The tables of a console's database, beside those of whoever sends (``schema.OUTGOING``)."""

from typing import Final

from edge.store.schema import KEEPING, OUTGOING, PROOFS

CONSOLE_ID: Final = 0x4550434F  # "EPCO": a console's store

# Numbers and marks of what came are kept for ever (no plate in them): what is sent again after its
# content was erased is not shown anew. Words, pictures and claims are erased in their time.
_CONSOLE: Final = """
    CREATE TABLE alerts (
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        touched_ns INTEGER,
        stands INTEGER NOT NULL,
        keep_ns INTEGER NOT NULL,
        kept_from_ns INTEGER NOT NULL,
        clock_trusted INTEGER NOT NULL,
        PRIMARY KEY (unit, epoch, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE revisions (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        mark TEXT NOT NULL,
        received_ns INTEGER NOT NULL,
        clock_trusted INTEGER NOT NULL,
        words BLOB,
        picture BLOB,
        UNIQUE (unit, epoch, sequence, revision)
    ) STRICT;
    CREATE INDEX revisions_kept ON revisions (row) WHERE words IS NOT NULL;
    CREATE TABLE words (
        row INTEGER PRIMARY KEY AUTOINCREMENT,
        console TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        mark TEXT NOT NULL,
        about TEXT NOT NULL,
        received_ns INTEGER NOT NULL,
        words BLOB,
        UNIQUE (console, epoch, sequence, revision)
    ) STRICT;
    CREATE INDEX words_about ON words (about) WHERE words IS NOT NULL;
    CREATE TABLE claims (
        number TEXT PRIMARY KEY,
        claim BLOB NOT NULL,
        confirmation BLOB,
        notice BLOB,
        spread INTEGER NOT NULL DEFAULT 0,
        until_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE heads (
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        last_sequence INTEGER NOT NULL,
        PRIMARY KEY (unit, epoch)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tries (
        name TEXT PRIMARY KEY,
        failed INTEGER NOT NULL,
        last_ns INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

# Signed outcomes ``misread`` on their way: a document may hold a plate and goes when all have it.
_MISREADS: Final = """
    CREATE TABLE misreads (
        outcome TEXT PRIMARY KEY,
        alert TEXT NOT NULL,
        officer TEXT NOT NULL,
        own INTEGER NOT NULL,
        since_ns INTEGER NOT NULL,
        document BLOB,
        settled INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    """

# Answers to searches, sealed to whoever asked; numbers and digests stay when they are erased.
_ANSWERS: Final = """
    CREATE TABLE answers (
        unit TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL,
        query TEXT NOT NULL,
        received_ns INTEGER NOT NULL,
        body BLOB,
        PRIMARY KEY (unit, epoch, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answers_query ON answers (query) WHERE body IS NOT NULL;
    """

CONSOLE: Final = (OUTGOING + _CONSOLE, KEEPING + _MISREADS, PROOFS, _ANSWERS)

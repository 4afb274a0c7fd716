"""The archive's tables, for SQLite and PostgreSQL alike, and how older ones become these.

No plate stands in the clear here: letters stay sealed as they came, and chains hold none. Rows and
heads of chains are kept for ever; payloads and letters stand apart, so that they can be erased
while every chain still verifies.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite makes a row's own number only of INTEGER, and its strict tables know no BIGINT
_Whole: Final = BigInteger().with_variant(Integer, "sqlite")

METADATA: Final = MetaData()
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = ()
"""Statements that make version 2 of version 1, 3 of 2, and so on; what shipped never changes."""


def _table(name: str, *columns: Column[Any] | UniqueConstraint | Index) -> Table:
    return Table(name, METADATA, *columns, sqlite_strict=True)


def _whole(name: str, *rest: ForeignKey, **options: Any) -> Column[Any]:
    return Column(name, _Whole, *rest, **{"nullable": False, **options})


def _text(name: str, **options: Any) -> Column[Any]:
    return Column(name, Text, **{"nullable": False, **options})


META: Final = _table("meta", _text("key", primary_key=True), _text("value"))
"""Whose archive it is, and the version of its tables."""

CHAINS: Final = _table(
    "chains",
    _whole("id", primary_key=True, autoincrement=True),
    _text("name"),
    _text("epoch"),
    _whole("branch"),
    _text("state"),
    _whole("number"),
    _text("hash"),
    _whole("proven"),
    _text("at"),
    _whole("broken_number", nullable=True),
    _text("broken_reason", nullable=True),
    _text("broken_at", nullable=True),
    _whole("changed_ns"),
    UniqueConstraint("name", "epoch", "branch"),
)
"""One history of one sender's store; a second branch where the sender has signed two."""

ROWS: Final = _table(
    "chain_rows",
    _whole("chain", ForeignKey("chains.id"), primary_key=True, autoincrement=False),
    _whole("number", primary_key=True, autoincrement=False),
    _text("at"),
    _text("kind"),
    _text("commitment"),
    _text("previous"),
    _text("hash"),
    Index("chain_rows_kind", "kind", "at"),
)

PAYLOADS: Final = _table(
    "chain_payloads",
    _whole("chain", ForeignKey("chains.id"), primary_key=True, autoincrement=False),
    _whole("number", primary_key=True, autoincrement=False),
    _text("salt"),
    _text("payload"),
)

HEADS: Final = _table(
    "chain_heads",
    _text("name", primary_key=True),
    _text("epoch", primary_key=True),
    _whole("number", primary_key=True, autoincrement=False),
    _text("hash", primary_key=True),
    _text("made_at"),
    _text("signed"),
)
"""What senders have signed of their chains, as it came: the newest, one of each hundred rows, and
whatever contradicts the rows."""

LETTERS: Final = _table(
    "letters",
    _whole("id", primary_key=True, autoincrement=True),
    _text("kind"),
    _text("unit"),
    _text("epoch"),
    _whole("sequence"),
    _whole("revision"),
    _text("category"),
    _text("mark", nullable=True),
    _text("digest"),
    _text("about"),
    _whole("taken_ns"),
    _whole("kept_from_ns", nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("picture", LargeBinary, nullable=True),
    UniqueConstraint("unit", "epoch", "sequence", "revision"),
    Index("letters_age", "kept_from_ns"),
    Index("letters_about", "about"),
)
"""Sealed as they came. ``about``: the alert that an outcome speaks of; ``body`` null: erased."""

HOLDS: Final = _table(
    "holds",
    _text("number", primary_key=True),
    _text("alert"),
    _text("case"),
    _text("why"),
    _text("until"),
    _text("supervisor"),
    _whole("ended"),
    Index("holds_alert", "alert"),
)
"""Cases that hold what an alert says. Ended ones stay: no replay begins them anew."""

PURGES: Final = _table(
    "purges",
    _text("unit", primary_key=True),
    _text("epoch", primary_key=True),
    _whole("sequence", primary_key=True, autoincrement=False),
    _text("outcome"),
    _text("officer"),
    _text("at"),
    _whole("done"),
)
"""Misread alerts: erased, or to be once no case holds them; a later letter of one goes as well."""

UNITS: Final = _table(
    "units",
    _text("name", primary_key=True),
    _whole("heard_ns"),
    Column("health", LargeBinary, nullable=True),
    _whole("health_ns", nullable=True),
    Column("status", LargeBinary, nullable=True),
    _whole("status_ns", nullable=True),
)
"""What each party on the broker last said of itself."""

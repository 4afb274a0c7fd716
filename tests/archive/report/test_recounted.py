"""The month's figures, counted a second time by SQL over the chains' own databases.

Nothing of the report's code is used on this path: rows are read as a stranger would read them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from edge.archive.report.count import Report
from scripts.month import Month
from scripts.month_acts import CONSOLES, UNITS


class Ledger:
    """All payloads of the month in one table of a scratch database."""

    def __init__(self, month: Month) -> None:
        self._month = month
        self._db = sqlite3.connect(":memory:")

    def fill(self) -> "Ledger":
        self._db.execute("CREATE TABLE acts (name, epoch, number, at, kind, p)")
        for name in (*UNITS, *CONSOLES):
            with closing(sqlite3.connect(self._month.folder / f"{name}.db")) as db:
                rows = db.execute(
                    "SELECT number, at, kind, payload FROM audit JOIN audit_payloads USING (number)"
                )
                epoch = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
                epoch = epoch[0] if epoch else self._month.town.epochs[name]
                self._db.executemany(
                    "INSERT INTO acts VALUES (?, ?, ?, ?, ?, ?)",
                    [(name, epoch, *row) for row in rows],
                )
        return self

    def close(self) -> None:
        self._db.close()

    def hits(self, what: str) -> list[tuple[Any, ...]]:
        return self.rows(HITS + what)

    def rows(self, what: str, **values: Any) -> list[tuple[Any, ...]]:
        span = {"since": self._month.since, "until": self._month.until}
        return self._db.execute(what, {**span, **values}).fetchall()

    def one(self, what: str, **values: Any) -> Any:
        return self.rows(what, **values)[0][0]


HITS = """
    WITH alerts AS (
        SELECT name || '/' || epoch || '/' || (p ->> 'sequence') AS id, min(at) AS at,
            replace(p ->> 'category', '_', '-') AS category,
            max(p ->> 'grade' = 'alarm') AS alarm, max(p ->> 'retracts') AS retracted
        FROM acts WHERE kind = 'alert' GROUP BY id
        HAVING at >= :since AND at < :until AND category <> 'test'
    ), words AS (
        SELECT p ->> 'alert' AS id, p ->> 'outcome' AS word,
            row_number() OVER (PARTITION BY p ->> 'alert' ORDER BY at DESC) AS place
        FROM acts WHERE kind = 'outcome'
            AND p ->> 'outcome' NOT IN ('answered', 'responding', 'cancelled')
    ), hits AS (
        SELECT alerts.*, coalesce(word, '') AS word FROM alerts
        LEFT JOIN words ON words.id = alerts.id AND place = 1
    )
"""


@pytest.fixture(scope="module")
def ledger(month: Month) -> Iterator[Ledger]:
    """Return the month's payloads, in SQL."""
    filled = Ledger(month).fill()
    yield filled
    filled.close()


def test_reads_by_day(report: Report, ledger: Ledger) -> None:
    """Reads of each day are the sums of the hours that stand on the chains."""
    found = ledger.rows(
        "SELECT substr(p ->> 'since', 1, 10), sum(p ->> 'reads'), sum(p ->> 'frames') FROM acts"
        " WHERE kind = 'hour' AND p ->> 'since' >= :since AND p ->> 'since' < :until GROUP BY 1"
    )
    told = {day.day: (day.reads, day.frames) for day in report.times.days}
    assert {day: (reads, frames) for day, reads, frames in found} == {
        day: figures for day, figures in told.items() if figures != (0, 0)
    }
    assert report.reads() == sum(reads for _, reads, _ in found) > 100_000


def test_hits_by_category(report: Report, ledger: Ledger) -> None:
    """Hits, alarms and every outcome are the same by category when SQL counts them."""
    found = ledger.hits(
        "SELECT category, count(*), sum(alarm), sum(NOT alarm), sum(retracted),"
        " sum(word = 'confirmed'), sum(word = 'misread'), sum(word = 'wrong-vehicle'),"
        " sum(word = 'wrong-jurisdiction'), sum(word = 'stale'), sum(word = 'no-contact'),"
        " sum(word = '') FROM hits GROUP BY 1"
    )
    told = {
        (
            line.category, line.hits, line.alarms, line.verifies, line.retracted, line.confirmed,
            line.misread, line.wrong_vehicle, line.wrong_jurisdiction, line.stale,
            line.no_contact, line.unanswered,
        )
        for line in report.hits.categories
    }  # fmt: skip
    assert set(found) == told
    assert sum(line.retracted for line in report.hits.categories) > 0


def test_alarms_by_day(report: Report, ledger: Ledger) -> None:
    """The columns of the plot stand on the days when the hits began."""
    found = ledger.hits("SELECT substr(at, 1, 10), sum(alarm), sum(NOT alarm) FROM hits GROUP BY 1")
    told = {(day.day, day.alarms, day.verifies) for day in report.times.days}
    assert set(found) == {line for line in told if line[1:] != (0, 0)}


def test_precision(report: Report, ledger: Ledger) -> None:
    """Precision is confirmed by known, with no contact and no word left out."""
    right, known = ledger.hits(
        "SELECT sum(word = 'confirmed'), count(*) FROM hits WHERE word NOT IN ('', 'no-contact')"
    )[0]
    told = report.hits.precision[0]
    assert (told.right, told.known) == (right, known)
    assert told.low < told.share == right / known < told.high


def test_searches(report: Report, ledger: Ledger) -> None:
    """A query to four units is one search; refused means that no unit answered it."""
    found = ledger.rows(
        """
        WITH asked AS (
            SELECT p ->> 'query' AS query,
                CASE WHEN max(p ->> 'refused') IN ('purpose', 'unknown-officer')
                    THEN '(none of the town''s)' ELSE max(p ->> 'purpose') END AS purpose,
                min(p ->> 'refused' <> '') AS refused, max(p ->> 'supervisor' <> '') AS wide,
                sum(p ->> 'hits') AS hits, max(p ->> 'late') AS late
            FROM acts WHERE kind = 'search' AND at >= :since AND at < :until GROUP BY query
        )
        SELECT purpose, count(*), sum(refused), sum(wide), sum(hits), sum(late) FROM asked
        GROUP BY purpose
        """
    )
    told = {
        (one.purpose, one.searches, one.refused, one.wide, one.hits, one.late)
        for one in report.searches.purposes
    }
    assert set(found) == told
    reasons = ledger.rows(
        "SELECT p ->> 'refused', count(DISTINCT p ->> 'query') FROM acts WHERE kind = 'search'"
        " AND p ->> 'refused' <> '' AND at >= :since AND at < :until GROUP BY 1"
    )
    assert set(reasons) == {(one.reason, one.searches) for one in report.searches.refusals}


def test_lists(report: Report, ledger: Ledger) -> None:
    """Versions in use, and the oldest age of each list, are those of the installs."""
    found = ledger.rows(
        """
        WITH installs AS (
            SELECT name, at, p ->> 'list' AS list, p ->> 'version' AS version,
                p ->> 'issued_at' AS issued,
                lead(at, 1, :until) OVER (PARTITION BY name, p ->> 'list' ORDER BY at) AS next
            FROM acts WHERE kind = 'list' AND p ->> 'act' = 'installed'
        ), used AS (
            SELECT *, julianday(min(next, :until)) - julianday(issued) AS age FROM installs
            WHERE at < :until AND next >= :since
        )
        SELECT list, count(DISTINCT version), max(age) FROM used GROUP BY list
        """
    )
    for name, versions, age in found:
        lines = [one for one in report.lists if one.list == name and one.units]
        assert len(lines) == versions
        assert max(one.oldest_days for one in lines) == pytest.approx(age, abs=0.006)
    refused = ledger.one(
        "SELECT count(*) FROM acts WHERE kind = 'list' AND p ->> 'act' = 'refused'"
        " AND at >= :since AND at < :until"
    )
    assert sum(one.refused for one in report.lists) == refused == 1


def test_hours_of_units(report: Report, ledger: Ledger) -> None:
    """Watched hours are the chain's sums; what a unit did adds up to the whole month."""
    found = dict(
        ledger.rows(
            "SELECT name, sum(p ->> 'watched_s') / 3600 FROM acts WHERE kind = 'hour'"
            " AND p ->> 'since' >= :since AND p ->> 'since' < :until GROUP BY 1"
        )
    )
    assert {one.unit for one in report.times.units} == set(found)
    for one in report.times.units:
        assert one.watched_h == pytest.approx(found[one.unit], abs=0.006)
        whole = one.watched_h + one.paused_h + one.blind_h + one.out_h + one.unknown_h
        assert whole == pytest.approx(31 * 24, abs=0.03)


def test_other_acts(report: Report, ledger: Ledger) -> None:
    """Log-ins, misreads erased and acts of retention are as many as there are rows."""

    def rows(kind: str) -> int:
        return int(
            ledger.one(
                "SELECT count(*) FROM acts WHERE kind = :kind AND at >= :since AND at < :until",
                kind=kind,
            )
        )

    assert report.rest.log_ins == rows("log-in")
    assert report.rest.purged == rows("purged") > 0
    assert report.rest.retention_runs == rows("retention") + rows("erased")
    assert report.rest.clocks == rows("clock") == 1

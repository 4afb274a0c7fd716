"""The auditor's weekly report on searches: signed JSON, a page, a table; no plate in any."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import ConfigError
from edge.keys import canonical
from edge.keys.files import make_folder, write
from edge.keys.identity import Identity
from edge.keys.parties import Name, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes
from edge.policy.supervision import Asked, Staff, gather, unread
from edge.policy.supervision_checks import Checked, check
from edge.services.supervision import Material, closed

KIND: Final = "supervision-report"
_COLUMNS: Final = ("number", "check", "officer", "finding", "searches", "first", "last", "queries")


class FindingRow(canonical.Row):
    """A question to be asked; *queries* are digests, as the chains name them."""

    check: str
    officer: str
    sentence: str
    queries: list[str]
    first: str
    last: str


class ReportRows(canonical.Row):
    """What the auditor signs."""

    v: Literal[1]
    town: Name
    auditor: Name
    since: str
    until: str
    back: str = Field(description="Searches from here on were compared.")
    made: str
    searches: int
    searches_of_week: int
    officers: int
    findings: list[FindingRow]
    not_checked: list[str]
    problems: list[str]
    chains: Annotated[list[str], Field(description="Each chain, how far, and by whose signature.")]


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written, and where."""

    report: ReportRows
    files: tuple[Path, ...]


def make_report(
    material: Material,
    staff: Staff,
    auditor: Identity,
    week: tuple[datetime, datetime],
    back: datetime,
    now: datetime,
) -> ReportRows:
    """Return the report of one week.

    Args:
        back: searches from then on are compared.
    """
    since, until = week
    asked = [one for one in gather(material.rows, material.opened) if back <= one.at < until]
    checked = check(asked, staff, since, until)
    return ReportRows(
        v=1,
        town=auditor.town,
        auditor=auditor.name,
        since=to_time(since),
        until=to_time(until),
        back=to_time(back),
        made=to_time(now),
        searches=len(asked),
        searches_of_week=sum(since <= one.at for one in asked),
        officers=len({one.officer for one in asked if one.officer}),
        findings=_findings(checked, asked),
        not_checked=_not_checked(checked, material),
        problems=material.problems,
        chains=[f"{one.name}/{one.epoch[:8]}: {one.sentence}" for one in material.chains],
    )


def write_report(report: ReportRows, auditor: Identity, folder: Path, week: str) -> Written:
    """Write signed JSON, page and table into *folder*.

    Raises:
        KeysError: a file cannot be written.
    """
    make_folder(folder)
    signed = to_bytes(sign(KIND, canonical.write(report), auditor))
    body = {
        "signed": signed,
        "html": page(report, hashlib.sha256(signed).hexdigest()).encode("utf-8"),
        "csv": table(report).encode("utf-8"),
    }
    files = tuple(folder / f"supervision-{week}.{ending}" for ending in body)
    for file, blob in zip(files, body.values(), strict=True):
        write(file, blob, private=True)
    return Written(report, files)


def read_report(file: Path, roster: Roster, at: datetime) -> ReportRows:
    """Return a signed report.

    Raises:
        ConfigError: it cannot be read.
        KeysError: no auditor of the town whose key counts has signed it.
    """
    try:
        blob = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    signed = from_bytes(blob, str(file), KIND)
    roster.check(signed, Role.AUDITOR, at)
    return canonical.read(ReportRows, signed.payload, str(file))


def table(report: ReportRows) -> str:
    """Return the findings as CSV."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(_COLUMNS)
    for number, one in enumerate(report.findings, 1):
        count, queries = len(one.queries), " ".join(one.queries)
        rows.writerow(
            (number, one.check, one.officer, one.sentence, count, one.first, one.last, queries)
        )
    return out.getvalue()


def page(report: ReportRows, digest: str) -> str:
    """Return the report as one page that needs nothing else; *digest* is the signed file's."""
    week = f"{report.since[:10]} to {report.until[:10]}"
    rows = [
        (str(n), one.check, one.officer, one.sentence, str(len(one.queries)), one.last[:16])
        for n, one in enumerate(report.findings, 1)
    ]
    heads = ("", "check", "officer", "question to be asked", "searches", "last (UTC)")
    body = [
        f"<h1>Searches in {escape(report.town)}, {week}</h1>",
        f"<p>{report.searches_of_week} searches in the week; {report.searches} since"
        f" {report.back[:10]} by {report.officers} officers were compared. For"
        f" {escape(report.auditor)}, auditor. A line is a question, not a verdict. No plate stands"
        " here.</p>",
        _html(heads, rows) if rows else "<p><strong>No questions this week.</strong></p>",
        _list("Not checked", report.not_checked),
        _list("Not read, opened or proven", report.problems),
        _list("Chains", report.chains),
        f"<footer>Made {report.made}. The signed report is SHA-256 {digest}.</footer>",
    ]
    return _PAGE.format(title=f"Searches, {week}", body="\n".join(body))


def _findings(checked: Checked, asked: Sequence[Asked]) -> list[FindingRow]:
    at = {one.query: to_time(one.at) for one in asked}
    return [
        FindingRow(
            check=one.check.value,
            officer=one.officer,
            sentence=one.sentence,
            queries=list(one.queries),
            first=at[one.queries[0]],
            last=at[one.queries[-1]],
        )
        for one in checked.findings
    ]


def _not_checked(checked: Checked, material: Material) -> list[str]:
    told = []
    if shut := closed(material.rows, material.opened):
        told.append(
            f"{shut} searches of which the query itself is not here: repeats, cars by case and"
            " households cannot be told of them"
        )
    if dark := unread(material.rows):
        told.append(f"{dark} rows of searches that were erased or cannot be read")
    few = Counter((one.officer, one.why) for one in checked.unsaid)
    told += [f"{officer} against peers: {why}" for officer, why in sorted(few)]
    return told


def _list(title: str, sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    rows = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f"<h2>{title}</h2><ul>{rows}</ul>"


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.1rem; margin-top: 1.6rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem;
  border-bottom: 1px solid #bbb; overflow-wrap: anywhere; }}
td:nth-child(1), td:nth-child(5) {{ text-align: right; }}
footer {{ margin-top: 2rem; font-size: .8rem; overflow-wrap: anywhere; }}
@media print {{ body {{ margin: 0; max-width: none; }} tr {{ break-inside: avoid; }} }}
</style></head><body>
{body}
</body></html>
"""

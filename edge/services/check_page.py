"""The page of ``edge check`` for the installer's record: one file, printed or on a phone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from edge.services.finding import Finding

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 1rem/1.45 system-ui, sans-serif; max-width: 48rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0 1rem; }
dt { color: GrayText; } dd { margin: 0; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; margin: 0; }
li { display: grid; grid-template-columns: 6.5rem 1fr; gap: .1rem .8rem; padding: .6rem .2rem;
  border-top: 1px solid GrayText; break-inside: avoid; overflow-wrap: anywhere; }
li > * { margin: 0; }
.name { font-weight: 600; } .says, .mend { grid-column: 2; white-space: pre-line; }
.word { grid-row: 1; } .name { grid-row: 1; }
.fail .word { font-weight: 700; border-left: .5rem solid #c62828; padding-left: .4rem; }
.pass .word { border-left: .5rem solid #2e7d32; padding-left: .4rem; }
.warn .word { border-left: .5rem double #a86500; padding-left: .4rem; font-weight: 700; }
.not .word { border-left: .5rem dashed #777; padding-left: .4rem; }
table { border-collapse: collapse; font-size: .8rem; display: block; overflow-x: auto; }
td, th { padding: .1rem .3rem; white-space: nowrap; text-align: right; }
tr { border-top: 1px solid GrayText; }
.verdict { font-size: 1.1rem; font-weight: 600; }
footer { margin-top: 2rem; } footer p { border-top: 1px solid; margin-top: 3rem; width: 20rem; }
@media (max-width: 30rem) { li { grid-template-columns: 1fr; }
  .says, .mend, .word { grid-column: 1; grid-row: auto; } .name { grid-row: auto; } }
@media print { :root { color-scheme: light; } body { padding: 0; max-width: none; } }
"""
_CLASSES: Final = {"pass": "pass", "FAIL": "fail", "warn": "warn", "not checked": "not"}


@dataclass(frozen=True, slots=True)
class About:
    """What was checked, and when.

    Attributes:
        at: RFC 3339.
    """

    town: str
    unit: str
    place: str
    at: str
    software: str


def check_page(
    about: About, findings: Sequence[Finding], more: str = "", verb: str = "edge check"
) -> str:
    """Return the page: no script, nothing fetched from anywhere.

    Args:
        more: further sections, HTML already.
        verb: the command that checked.
    """
    title = f"{verb} of {about.unit}, {about.town}"
    told = {
        "unit": about.unit,
        "town": about.town,
        "place": about.place,
        "checked": about.at,
        "software": about.software,
    }
    rows = "".join(f"<dt>{escape(n)}</dt><dd>{escape(v)}</dd>" for n, v in told.items() if v)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f'<h1>{escape(title)}</h1><p class="verdict">{escape(verdict(findings))}</p>'
        f"<dl>{rows}</dl><ol>{''.join(_row(one) for one in _worst_first(findings))}</ol>{more}"
        "<footer><p>checked by, date</p></footer></html>\n"
    )


def verdict(findings: Iterable[Finding]) -> str:
    """Return the whole in a sentence."""
    found = list(findings)
    passed = [one for one in found if one.word == "pass"]
    failed = [one.name for one in found if one.passed is False]
    warns = [one.name for one in found if one.warns]
    unseen = [one.name for one in found if one.passed is None]
    parts = [f"{len(passed)} passed"]
    parts.append(f"{len(failed)} failed: {_listed(failed)}" if failed else "none failed")
    if warns:
        parts.append(f"{len(warns)} to be looked at: {_listed(warns)}")
    if unseen:
        parts.append(f"{len(unseen)} not checked: {_listed(unseen)}")
    return "; ".join(parts)


def _listed(names: Sequence[str]) -> str:
    """Return each name once, with how often it came where that is more."""
    times = Counter(names)
    return ", ".join(name if n == 1 else f"{name} ({n})" for name, n in times.items())


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = {"FAIL": 0, "warn": 1, "not checked": 2, "pass": 3}
    return sorted(findings, key=lambda one: order[one.word])


def _row(one: Finding) -> str:
    mend = f'<p class="mend">mend: {escape(one.mend)}</p>' if one.mend else ""
    return (
        f'<li class="{_CLASSES[one.word]}"><p class="word">{one.word}</p>'
        f'<p class="name">{escape(one.name)}</p>'
        f'<p class="says">{escape(one.sentence)}</p>{mend}</li>'
    )

"""What the line has seen of late, by hour and lane: for the check, and drawn for its page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import MessageError
from edge.policy.quality import HourSums, Sums
from edge.services.check_camera import running_watch
from edge.services.finding import Finding, bad, good, unseen
from edge.services.quality_file import read_hours

_MEND: Final = "look at the picture: lens, window, light, aim; `edge aim` measures it on a plate"
_BAR, _HIGH, _LOW = 24, 120, 20  # of the plot, in its own units
_SHADES: Final = ("#1f4e79", "#4a8bc2", "#a9cbe8")


def check_sight(settings: Settings, clock: Clock) -> Finding:
    """Fail where a running watch says that its view has changed, or that it may be blind."""
    try:
        watch = running_watch(settings, clock)
    except MessageError as error:
        return unseen("sight", f"not known: {error}")
    if watch is None:
        return unseen("sight", "no watch runs here: nothing has been counted")
    if watch.view_problem:
        return bad("sight", watch.view_problem, "look at the picture, mend it, certify it again")
    if watch.sight_problem:
        return bad("sight", watch.sight_problem, _MEND)
    hours = read_hours(Path(settings.runtime.folder))
    if not hours:
        return unseen("sight", "no pass has ended since watch began")
    day = Sums()
    for one in hours:
        day.add(one.whole)
    agreement, formed = day.agreement or 0.0, day.well_formed or 0.0
    return good(
        "sight",
        f"{day.passes} passes within a day, {day.reads / max(1, day.passes):.1f} reads each, which "
        f"agree to {agreement:.0%}; {formed:.0%} have the form of a plate",
    )


def draw_hours(hours: Sequence[HourSums]) -> str:
    """Return a section of the page: passes by hour and lane, the agreement above them, a table."""
    if not hours:
        return ""
    most = max(one.whole.passes for one in hours) or 1
    bars = "".join(_bar(place, one, most) for place, one in enumerate(hours))
    points = " ".join(
        f"{place * _BAR + _BAR // 2},{_HIGH - _HIGH * (one.whole.agreement or 0.0):.0f}"
        for place, one in enumerate(hours)
    )
    wide = len(hours) * _BAR
    return (
        "<h2>Passes of the last day</h2>"
        f'<svg viewBox="0 0 {wide} {_HIGH + _LOW}" role="img" style="max-width:100%;height:auto"'
        ' aria-label="passes by hour and lane, and agreement of reads">'
        f'{bars}<polyline points="{points}" fill="none" stroke="#c62828" stroke-width="2"/></svg>'
        "<p>Bars: passes by hour (UTC), the left lane at the foot. Line: share of reads that have "
        "the text of their pass, from 0 at the foot to 1 at the top.</p>"
        "<table><tr><th>hour<th>left<th>middle<th>right<th>reads<th>agree<th>bits<th>form"
        f"</tr>{''.join(_row(one) for one in hours)}</table>"
    )


def _bar(place: int, one: HourSums, most: int) -> str:
    parts, foot = [], float(_HIGH)
    for shade, lane in zip(_SHADES, one.lanes, strict=True):
        tall = _HIGH * lane.passes / most
        foot -= tall
        parts.append(
            f'<rect x="{place * _BAR + 2}" y="{foot:.1f}" width="{_BAR - 4}" height="{tall:.1f}"'
            f' fill="{shade}"/>'
        )
    parts.append(
        f'<text x="{place * _BAR + _BAR // 2}" y="{_HIGH + 14}" font-size="10"'
        f' text-anchor="middle" fill="currentColor">{_hour(one):%H}</text>'
    )
    return "".join(parts)


def _row(one: HourSums) -> str:
    whole = one.whole
    cells = [
        f"{_hour(one):%d. %H} h",
        *(str(lane.passes) for lane in one.lanes),
        f"{whole.reads / max(1, whole.passes):.1f}",
        f"{whole.agreement or 0.0:.0%}",
        f"{max(0.0, whole.doubt or 0.0):.2f}",
        f"{whole.well_formed or 0.0:.0%}",
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _hour(one: HourSums) -> datetime:
    return datetime.fromtimestamp(one.hour * 3600, UTC)

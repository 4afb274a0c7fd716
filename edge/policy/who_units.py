"""By which grants units seal, as their chains tell, against those that stand at the archive."""

from collections.abc import Collection, Iterable
from datetime import datetime

from edge.keys.parties import from_time
from edge.messages.acts import ActRow
from edge.policy.grants import Standing
from edge.policy.who import Drift, Word

KIND = "grant"


def sealing_beyond(
    rows: Iterable[ActRow], standing: Collection[Standing], at: datetime
) -> tuple[Drift, ...]:
    """Return what units still seal by a grant that does not stand here.

    Args:
        rows: of kind ``grant``, chain by chain in order; later rows of a unit count.
        standing: the grants in force where this is asked.
    """
    known = {one.number for one in standing}
    last: dict[tuple[str, str], ActRow] = {}
    for row in rows:
        if row.kind != KIND or row.payload is None:
            continue
        key = row.name, str(row.payload.get("number", ""))
        if key not in last or row.at >= last[key].at:
            last[key] = row
    found = []
    for (unit, number), row in sorted(last.items()):
        payload = row.payload or {}
        if payload.get("act") != "in-force" or number in known or _over(payload, at):
            continue
        who = str(payload.get("who", ""))
        what = ", ".join(str(one) for one in payload.get("what", ()))
        sentence = (
            f"{unit} seals to {who} by grant {number[:12]} ({what}), which has ended or is not"
            " known here: send its end to the unit, or bring the grant here ('edge orders send')"
        )
        found.append(Drift(Word.UNGRANTED, who, sentence))
    return tuple(found)


def _over(payload: dict[str, object], at: datetime) -> bool:
    until = str(payload.get("until", ""))
    return bool(until) and at >= from_time(until)

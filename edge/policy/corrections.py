"""What confirmed corrections do: a car that was stopped for another's plate is not stopped again.

A correction names the text that was taken for a listed plate, wrongly. While it holds, a hit that
may as well be that text is no alarm. It never touches the listed plate's own text: a car that reads
as the entry, with no trace of the corrected text, alarms as before. So nobody can silence a listed
car with it. Who may make one, and how it is proved, is :mod:`edge.policy.ledger`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from edge.clock import Moment
from edge.config.policy import PolicySection
from edge.plates import alphabet
from edge.records import Gate, GateResult, Grade, Hit, Verdict


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction that an officer signed and a supervisor confirmed.

    Attributes:
        number: SHA-256 of what the officer signed, hex.
        text: the plate of the car that was wrongly taken for a listed one.
        plate, entry_id, owner: of the entry that it was taken for.
        alert: which alert was wrong, ``unit/epoch/sequence``.
        made, until: when the officer signed it; when it ends.
        officer, supervisor: their names on the roster.
    """

    number: str
    text: str
    plate: str
    entry_id: str
    owner: str
    alert: str
    made: datetime
    until: datetime
    officer: str
    supervisor: str


def corrected(
    verdict: Verdict,
    hit: Hit,
    corrections: Sequence[Correction],
    policy: PolicySection,
    now: Moment,
) -> Verdict:
    """Return *verdict*, lowered to ``verify`` where a correction holds for what was seen."""
    when = datetime.fromtimestamp(now.utc_ns / 1e9, UTC)
    holding = [one for one in corrections if when < one.until and _seen(one, hit, policy)]
    if verdict.grade is not Grade.ALARM or not holding:
        return verdict
    one = holding[0]
    sentence = (
        f"A car with {one.text} was wrongly taken for {one.plate} before, and this may be it: "
        f"compare each character with the picture. The correction holds until {one.until:%Y-%m-%d}."
    )
    gates = (Gate("text", GateResult.FAIL, sentence), *verdict.gates[1:])
    return replace(verdict, grade=Grade.VERIFY, gates=gates, corrected=True)


def _seen(one: Correction, hit: Hit, policy: PolicySection) -> bool:
    """Say whether what was seen may be the corrected text; the entry's own text never is."""
    if one.text == hit.entry.plate:
        return False
    sighting = hit.sighting
    if one.text in {sighting.text, sighting.raw_text}:
        return True
    return alphabet.probability(sighting.slots, one.text) >= policy.corrected_probability

"""The four gates that every hit passes before anybody sees it.

Each answers pass, fail or unknown, with one sentence for the officer. Text, jurisdiction and list
pass and vehicle does not fail: ``alarm``. Otherwise ``verify``, which is silent. An entry that has
expired is never told.
"""

from collections.abc import Mapping
from dataclasses import replace

from edge.clock import Moment
from edge.config.policy import PolicySection
from edge.plates import syntax
from edge.policy.freshness import Age, age_at, dead, list_gate
from edge.records import (
    Category,
    Contested,
    Gate,
    GateResult,
    Grade,
    Hit,
    Vehicle,
    Verdict,
)

# Another place was seen on the plate where the reader gives it this much, and the stated one less
# than a quarter of that. One in 300 clean plates of Connecticut, one in 10 of New York, which looks
# like Pennsylvania and North Carolina, is then asked about; of foreign plates nearly nine in ten.
_SEEN = 0.25
_SEEN_BESIDE = 0.25
_CONTESTED = 0.02  # share of a rival, weighed, under which it contests nothing
_UNKNOWN = Vehicle()


def judge(
    hit: Hit,
    policy: PolicySection,
    home: str,
    now: Moment,
    *,
    clock_trusted: bool,
    age: Age | None = None,
) -> Verdict:
    """Return the grade of a hit with its four gates, in the order of FIELD's four causes.

    An installer's test never is an alarm, whatever the gates say.

    Args:
        home: jurisdiction of most cars at this place.
        now: the age of list and entry is taken at this moment.
        age: of the list, where somebody has watched it; None goes by the clock alone.
    """
    entry, version = hit.entry, hit.list_version
    age = age or age_at(version, now, clock_trusted=clock_trusted)
    gates = (
        text_gate(hit, policy, home),
        jurisdiction_gate(hit, policy, home),
        vehicle_gate(entry.vehicle, _UNKNOWN),
        list_gate(entry, version, age, policy, now, hit.twins),
    )
    grade = Grade.NONE if dead(entry, version, age, now) else grade_of(gates)
    if grade is Grade.ALARM and entry.category is Category.TEST:
        grade = Grade.VERIFY
    return Verdict(grade, gates, list_age_s=age.seconds, clock_trusted=clock_trusted)


def withdrawn(verdict: Verdict) -> Verdict:
    """Return the verdict on a hit that the matcher no longer finds: grade ``none``, and why.

    Where the text is still certain and the entry not expired, the entry itself has gone.
    """
    gates = list(verdict.gates)
    if verdict.grade is not Grade.NONE and gates[0].result is GateResult.PASS:
        sentence = "The entry is no longer on the list in force."
        gates[3] = Gate("list", GateResult.FAIL, sentence)
    return replace(verdict, grade=Grade.NONE, gates=tuple(gates))


def grade_of(gates: tuple[Gate, ...]) -> Grade:
    """Return ``alarm`` if all gates pass, the vehicle's at least not failing; else ``verify``."""
    enough = {"vehicle": (GateResult.PASS, GateResult.UNKNOWN)}
    passed = all(gate.result in enough.get(gate.name, (GateResult.PASS,)) for gate in gates)
    return Grade.ALARM if passed else Grade.VERIFY


def text_gate(hit: Hit, policy: PolicySection, home: str) -> Gate:
    """Say whether the text is certain: likely as a whole, and hanging on no doubtful character.

    How rare listed cars are counts: the less likely of the text and the car decides. A rival that
    makes a text which hardly any plate here has (O for 0 among a home plate's digits) does not
    decide as long as the text as a whole is likely: forms rank, they rewrite nothing.
    """
    plate = hit.entry.plate
    deciding = [one for one in hit.contested if one.decides and _stands(one, hit, policy, home)]
    if hit.entry.partial:
        sentence = f"The list knows part of the plate only, {plate}: other cars have it as well."
        return Gate("text", GateResult.UNKNOWN, sentence)
    if deciding:
        return Gate("text", GateResult.FAIL, _doubt(deciding))
    if hit.probability < policy.alarm_probability:
        return Gate(
            "text",
            GateResult.FAIL,
            f"The listed plate has probability {_share(hit.probability)} only, "
            f"{_share(policy.alarm_probability)} is needed: compare each character with the "
            "picture.",
        )
    if hit.posterior < policy.alarm_posterior:
        return Gate(
            "text",
            GateResult.FAIL,
            f"Read as {plate}, but so few cars are listed that it is this one with probability "
            f"{_share(hit.posterior)} only: compare each character with the picture.",
        )
    sentence = f"Read as {plate} with probability {_share(hit.probability)}."
    return Gate("text", GateResult.PASS, sentence)


def jurisdiction_gate(hit: Hit, policy: PolicySection, home: str) -> Gate:
    """Say whether the plate is from where the entry says."""
    stated = hit.entry.jurisdiction
    if not stated:
        return Gate(
            "jurisdiction",
            GateResult.UNKNOWN,
            "The list does not say where the plate is from: check the state or country on it.",
        )
    seen = hit.sighting.jurisdiction
    ranked = syntax.rank(hit.entry.plate, home, policy.foreign_share, seen)
    p = ranked.get(stated, 0.0)
    elsewhere = _seen_elsewhere(stated, seen)
    # single frames take one state for another; one more frame that says nothing is counted in
    reads = max(1, hit.sighting.reads)
    early = {code: share * reads / (reads + 1) for code, share in seen.items()}
    sure = syntax.rank(hit.entry.plate, home, policy.foreign_share, early).get(stated, 0.0)
    least = policy.jurisdiction_probability
    if p >= least > sure and not elsewhere:
        sentence = f"{reads} frames say {stated}, too few to be sure of it: check it."
        return Gate("jurisdiction", GateResult.UNKNOWN, sentence)
    if p >= least and not elsewhere:
        sentence = f"The plate is from {stated} with probability {_share(p)}."
        return Gate("jurisdiction", GateResult.PASS, sentence)
    if elsewhere:
        sentence = f"The list says {stated}; on the plate {elsewhere} was seen: check it."
        return Gate("jurisdiction", GateResult.FAIL, sentence)
    likeliest = next(iter(ranked))
    result = GateResult.UNKNOWN
    if ranked[likeliest] >= policy.jurisdiction_probability and likeliest != stated:
        result = GateResult.FAIL
    basis = "by what is seen on it" if seen else "by its form and what is common here"
    return Gate(
        "jurisdiction",
        result,
        f"The list says {stated}; {basis} the plate is from {stated} with probability "
        f"{_share(p)}, from {likeliest} with {_share(ranked[likeliest])}: check it.",
    )


def vehicle_gate(listed: Vehicle, seen: Vehicle) -> Gate:
    """Say whether the car is the listed one, as far as anything is known of it."""
    pairs = [
        (what, getattr(listed, what), getattr(seen, what))
        for what in ("make", "model", "colour", "type")
    ]
    wrong = [
        f"{what}: listed {said}, seen {saw}"
        for what, said, saw in pairs
        if said and saw and said.casefold() != saw.casefold()
    ]
    if wrong:
        return Gate("vehicle", GateResult.FAIL, f"Another car: {'; '.join(wrong)}.")
    words = (listed.colour, listed.make, listed.model, listed.type)
    described = " ".join(word for word in words if word)
    if not described:
        return Gate("vehicle", GateResult.UNKNOWN, "The list says nothing of the vehicle.")
    if any(said and saw for _, said, saw in pairs):
        return Gate("vehicle", GateResult.PASS, f"The car fits: the list says {described}.")
    return Gate("vehicle", GateResult.UNKNOWN, f"Check: the list says {described}.")


def _seen_elsewhere(stated: str, seen: Mapping[str, float]) -> str:
    """Return the code that the reader rather saw on the plate; empty when it does not object.

    However common the stated one is here, another one that was seen must not alarm.
    """
    if not seen:
        return ""
    likeliest = max(seen, key=lambda code: (seen[code], code))
    possible = seen.get(stated, 0.0) >= _SEEN_BESIDE * seen[likeliest]
    return "" if possible or seen[likeliest] < _SEEN else likeliest


def _stands(one: Contested, hit: Hit, policy: PolicySection, home: str) -> bool:
    """Say whether a rival is still one when it is weighed how common plates of its form are."""
    plate, place = hit.entry.plate, one.position - 1
    rival = plate[:place] + one.rival + plate[place + 1 :]
    weights = [
        p * syntax.commonness(text, home, policy.foreign_share, hit.sighting.jurisdiction)
        for text, p in ((plate, one.p_expected), (rival, one.p_rival))
    ]
    return weights[1] >= _CONTESTED * sum(weights)


def _doubt(deciding: list[Contested]) -> str:
    parts = []
    for one in deciding:
        place = _ORDINALS.get(one.position, f"{one.position}th")
        expected = f"{one.expected or 'nothing'} at {_share(one.p_expected)}"
        parts.append(f"{place}: {expected}, {one.rival or 'nothing'} at {_share(one.p_rival)}")
    decides = "it decides" if len(parts) == 1 else "they decide"
    return f"{'; '.join(parts)}, and {decides} the match: compare with the picture."


_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def _share(p: float) -> str:
    """Return a probability with two digits that never rounds doubt away to 1.00."""
    return f"{min(p, 0.99) if p < 0.9995 else 1.0:.2f}"

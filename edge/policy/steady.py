"""An alarm that stands or falls, and does not flicker.

Evidence of a pass that lies near a threshold crosses it with every other frame. An officer must
not hear a siren, its retraction and the siren again about one passing car: an alarm stands until
the evidence is clearly under what it asked for, and what was taken back stays silent.
"""

from collections.abc import Callable
from dataclasses import replace

from edge.config.policy import PolicySection
from edge.records import Gate, GateResult, Grade, Verdict

_THRESHOLDS = ("alarm_probability", "alarm_posterior", "jurisdiction_probability")


def lenient(policy: PolicySection) -> PolicySection:
    """Return *policy* as an alarm that stands is held to it: ``revise_gain`` under each threshold.

    So small a change of probability would not even be told.
    """
    lower = {name: max(0.0, getattr(policy, name) - policy.revise_gain) for name in _THRESHOLDS}
    return policy.model_copy(update=lower)


def steady(
    verdict: Verdict, *, stands: bool, taken_back: bool, again: Callable[[], Verdict]
) -> Verdict:
    """Return *verdict*, or what an earlier word about the same entry in the same pass makes of it.

    Args:
        stands: the last word was ``alarm``.
        taken_back: an earlier ``alarm`` was retracted.
        again: judges once more by the :func:`lenient` policy.
    """
    if stands and verdict.grade is Grade.VERIFY:
        kept = again()
        return kept if kept.grade is Grade.ALARM else verdict
    if taken_back and verdict.grade is Grade.ALARM:
        sentence = "An alarm about this very car was just taken back; it is not raised twice."
        gates = (Gate("text", GateResult.UNKNOWN, sentence), *verdict.gates[1:])
        return replace(verdict, grade=Grade.VERIFY, gates=gates)
    return verdict

"""The law before anything starts: settings beyond their profile are told, and nothing runs."""

from collections.abc import Mapping
from pathlib import Path

from edge.config import Settings
from edge.errors import ConfigError
from edge.policy.law import Breach, Law, breaches, open_law
from edge.services.finding import Finding, warned

_MEND = (
    "keep less, or name the profile of your place in law.profile; `edge law show` prints what each "
    "allows"
)


def check_law(settings: Settings, origins: Mapping[str, Path] | None = None) -> Law:
    """Return the law profile in force, for a daemon that is about to start.

    Args:
        origins: which file set each key, where the caller knows.

    Raises:
        ConfigError: a line for each setting beyond the profile: its value, its file, the limit
            and the statute; or there is no such profile.
    """
    law = open_law(settings.law.profile)
    found = breaches(settings, law)
    if found:
        lines = [_sentence(one, law, origins or {}) for one in found]
        raise ConfigError("\n".join([*lines, f"nothing starts like that: {_MEND}"]))
    return law


def law_finding(settings: Settings) -> Finding:
    """Return the answer of ``edge check`` on the law."""
    try:
        law = check_law(settings)
    except ConfigError as error:
        return Finding("law", passed=False, sentence=str(error), mend=_MEND)
    if not law.confirmed:  # bound like strict, and kept to it: no installer can do more
        sentence = f"{law.name} is not confirmed, so no reads are kept, and none are: {law.title}"
        mend = (
            "before reads are kept, have the town's counsel fill in a copy of the profile, and name"
            " it in law.profile"
        )
        return warned("law", sentence, mend)
    return Finding("law", passed=True, sentence=f"{law.title} ({law.citation})")


def _sentence(breach: Breach, law: Law, origins: Mapping[str, Path]) -> str:
    file = origins.get(breach.setting)
    where = f" in {file}" if file else ""
    return (
        f"{breach.setting} is {breach.value}{where}, and the law profile {law.name} allows "
        f"{breach.limit}: {breach.statute}"
    )

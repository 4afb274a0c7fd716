"""Law profiles: how long what may be kept, and how searches are bounded, as data with the statute.

A profile is a TOML file in ``configs/law``, or the town's own. It is no legal advice: each tells
what is certain in it and what is not. One that is not ``confirmed`` keeps no reads, whatever
figures stand in it, and is otherwise no wider than ``strict``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from edge.config.base import Fraction, Seconds, Section
from edge.config.packed import packed
from edge.config.settings import Settings
from edge.errors import ConfigError

STRICT = "strict"
_DAY_S = 86_400.0
_LONGEST_READS_S = 366 * _DAY_S  # no statute we know of allows more
_LONGEST_HITS_DAYS = 3_660.0
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


class SearchLaw(Section):
    """What a search may ask for.

    Attributes:
        reads: kept reads may be searched; otherwise hits alone.
        purposes: what a search may be for; nothing else is a purpose.
        longest_window_s: no search goes over a longer time.
        widest_share: no search matches a larger share of the plates in use.
        supervisor_window_s, supervisor_share: from here on a supervisor signs too.
    """

    reads: bool
    purposes: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    longest_window_s: Seconds
    widest_share: Fraction
    supervisor_window_s: Seconds
    supervisor_share: Fraction


class Law(Section):
    """A profile, in force as :func:`open_law` returns it.

    Attributes:
        name: the file's name; for a town's own file its path.
        statute, section, url: where it stands; the address is for people, nothing fetches it.
        confirmed: somebody answers for the figures; without it no reads are kept.
        counsel: who confirmed a town's own file, and when.
        within: the packed profile that a town's file only narrows.
        certain, uncertain: sentences on what was checked and what was not.
        reads_max_s: how long a read that hit nothing may be kept; 0 never.
        hits_max_days: how long a hit may be kept without a case hold; None without end.
        clips: an installer may record what the camera sees.
        masked: a technician sees the plates of others masked.
    """

    name: str
    title: str
    statute: Annotated[str, Field(min_length=4)]
    section: str
    url: str
    confirmed: bool
    counsel: str
    within: str
    certain: _Texts
    uncertain: _Texts
    reads_max_s: Annotated[float, Field(ge=0.0, le=_LONGEST_READS_S)]
    hits_max_days: Annotated[float | None, Field(ge=0.0, le=_LONGEST_HITS_DAYS)] = None
    clips: bool
    masked: bool
    search: SearchLaw

    @property
    def citation(self) -> str:
        """The statute and the place in it, as a sentence can name it."""
        return f"{self.statute}, {self.section}" if self.section else self.statute

    def bounded(self, other: "Law") -> Self:
        """Return this profile, nowhere wider than *other*."""
        search = SearchLaw(
            reads=self.search.reads and other.search.reads,
            purposes=tuple(one for one in self.search.purposes if one in other.search.purposes)
            or other.search.purposes,
            longest_window_s=min(self.search.longest_window_s, other.search.longest_window_s),
            widest_share=min(self.search.widest_share, other.search.widest_share),
            supervisor_window_s=min(
                self.search.supervisor_window_s, other.search.supervisor_window_s
            ),
            supervisor_share=min(self.search.supervisor_share, other.search.supervisor_share),
        )
        days = [one for one in (self.hits_max_days, other.hits_max_days) if one is not None]
        return self.model_copy(
            update={
                "reads_max_s": min(self.reads_max_s, other.reads_max_s),
                "hits_max_days": min(days) if days else None,
                "clips": self.clips and other.clips,
                "masked": self.masked or other.masked,
                "search": search,
            }
        )


@dataclass(frozen=True, slots=True)
class Breach:
    """A setting that goes beyond the law.

    Attributes:
        setting: ``section.key``.
        value, limit: as a person says them.
        statute: the citation.
    """

    setting: str
    value: str
    limit: str
    statute: str


def profiles() -> tuple[str, ...]:
    """Return the names of the packed profiles, in order."""
    return tuple(sorted(file.stem for file in _folder().glob("*.toml")))


def open_law(name: str) -> Law:
    """Return the profile as it is in force: one that nobody confirmed is no wider than ``strict``.

    Args:
        name: of a packed profile, or the path of the town's own file.

    Raises:
        ConfigError: there is none, or it is wrong; a town's file cites no statute, is confirmed by
            nobody, or is wider than the profile that it says it is within.
    """
    law = read_law(name)
    return law if law.confirmed else law.bounded(read_law(STRICT))


def read_law(name: str) -> Law:
    """Return the profile with the figures that stand in its file, whether confirmed or not.

    Raises:
        ConfigError: as :func:`open_law`.
    """
    own = "/" in name or name.endswith(".toml")
    file = Path(name) if own else _folder() / f"{name}.toml"
    if not own and name not in profiles():
        raise ConfigError(
            f"law.profile: there is no profile {name!r}; packed are {', '.join(profiles())}, and a "
            "town's own file is named by its path"
        )
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: is no TOML: {error}") from error
    law = _checked(told, name, file)
    if own:
        _answered_for(law, file)
    return law


def _checked(told: Mapping[str, Any], name: str, file: Path) -> Law:
    try:
        return Law.model_validate({**told, "name": name})
    except ValidationError as error:
        one = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in one["loc"])
        raise ConfigError(f"{file}: {where}: {one['msg'].lower()}; `edge law show us-me`") from None


def _answered_for(law: Law, file: Path) -> None:
    """Refuse a town's own file for which nobody answers, or that widens what it narrows."""
    if not law.url:
        raise ConfigError(f"{file}: url: say where the statute can be read")
    if law.confirmed and not law.counsel:
        raise ConfigError(
            f"{file}: counsel: a profile of the town's own names who confirmed its figures, and "
            "when; without it set confirmed = false"
        )
    if law.within:
        outer = open_law(law.within)
        # compared by what stays of it: whatever the outer profile would cut off is wider
        if law.bounded(outer) != law:
            raise ConfigError(f"{file}: is wider than {outer.name}, which it says it is within")


def breaches(settings: Settings, law: Law) -> tuple[Breach, ...]:
    """Return the settings that go beyond *law*; none when all hold."""
    return (*_reads(settings, law), *_hits(settings, law), *_searches(settings, law))


def _reads(settings: Settings, law: Law) -> list[Breach]:
    found = []
    reads = settings.reads
    if reads.keep_s > law.reads_max_s:
        limit = span(law.reads_max_s)
        if not law.confirmed:
            limit += ", for as long as the profile is not confirmed"
        found.append(Breach("reads.keep_s", span(reads.keep_s), limit, law.citation))
    if reads.survive_reboot and not law.reads_max_s:
        limit = "false, since no read may be kept"
        found.append(Breach("reads.survive_reboot", "true", limit, law.citation))
    return found


def _hits(settings: Settings, law: Law) -> list[Breach]:
    if law.hits_max_days is None:
        return []
    kept = {
        f"categories.{name}.keep_days": rules.keep_days * _DAY_S
        for name, rules in settings.categories.items()
    }
    kept["store.keep_unsent_s"] = settings.store.keep_unsent_s
    kept["store.keep_sent_s"] = settings.store.keep_sent_s
    limit_s = law.hits_max_days * _DAY_S
    return [
        Breach(setting, span(seconds), f"{span(limit_s)} for a hit", law.citation)
        for setting, seconds in kept.items()
        if seconds > limit_s
    ]


def _searches(settings: Settings, law: Law) -> list[Breach]:
    beyond = [one for one in settings.search.purposes if one not in law.search.purposes]
    if not beyond:
        return []
    limit = f"these alone: {', '.join(law.search.purposes)}"
    return [Breach("search.purposes", ", ".join(beyond), limit, law.citation)]


def span(seconds: float) -> str:
    """Return a time as a person says it: ``3 minutes``, ``21 days``, ``0 seconds``."""
    for unit, size in (("day", _DAY_S), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= size and seconds % size == 0:
            return _counted(seconds / size, unit)
    return _counted(seconds, "second")


def _counted(number: float, unit: str) -> str:
    return f"{number:g} {unit}" if number == 1 else f"{number:.10g} {unit}s"


def _folder() -> Path:
    return packed("configs") / "law"

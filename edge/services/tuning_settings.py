"""The settings as the technician's page has them: shown, compared, tried, and gone back from."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock
from edge.config import load
from edge.config.knobs import knobs
from edge.errors import ConfigError
from edge.services.trial import TrialFolder
from edge.services.tune import Proposal, Tuning, open_tuning
from edge.services.tuning_jobs import Jobs, Progress

_LEFT_OUT: Final = ("source.address", "policy.corrections", "source.paced", "source.loop")


class SettingsRoom:
    """See :class:`edge.web.tuning.settings_contract.SettingsDesk`.

    Args:
        files: of the settings, as the process was given them; None for the usual ones.
        trials: the tuning file; None where none of *files* is one, and nothing can be saved.
    """

    def __init__(self, files: list[Path] | None, trials: TrialFolder | None, clock: Clock) -> None:
        self._files = files
        self._trials = trials
        self._clock = clock
        self._jobs = Jobs()

    def settings(self) -> dict[str, Any]:
        """Return every setting that may be tuned, and what else the panel shows."""
        loaded = load(self._files)
        shown = [one for one in knobs(loaded, load([]).settings) if one.path not in _LEFT_OUT]
        return {
            "settings": [asdict(one) for one in shown],
            "saving": self._problem(),
            "clips": [],
            "minute": {"armed": False, "seconds": 0.0, "pictures": 0},
            "job": self._jobs.told(),
        }

    def propose(self, changes: Mapping[str, str]) -> dict[str, Any]:
        """Return what *changes* would make of the settings."""
        return _told(self._hand().propose(changes))

    def propose_back(self, number: int) -> dict[str, Any]:
        """Return what version *number* would make of the settings."""
        return _told(self._hand().propose_back(number))

    def compare(self, changes: Mapping[str, str], source: str) -> int:
        """Begin a comparison."""
        self._hand().propose(changes)
        raise ConfigError(f"{source}: there is no such recording on this unit")

    def save(self, changes: Mapping[str, str], who: str, why: str) -> int:
        """Begin a trial of *changes*."""
        hand = self._hand()
        proposal = hand.propose(changes)
        reason = why or "set " + " ".join(f"{name}={one}" for name, one in changes.items())
        return self._jobs.begin("save", _saving(hand, proposal, who, reason))

    def back(self, number: int, who: str, why: str) -> int:
        """Begin a trial of an earlier version."""
        hand = self._hand()
        proposal = hand.propose_back(number)
        reason = f"back to version {number}" + (f": {why}" if why else "")
        return self._jobs.begin("save", _saving(hand, proposal, who, reason))

    def history(self) -> dict[str, Any]:
        """Return all versions that are kept."""
        versions = [asdict(one) for one in self._hand().history()]
        stood = [one["number"] for one in versions if not one["undone"]]
        for one in versions:
            one["current"] = bool(stood) and one["number"] == stood[-1]
        return {"versions": versions}

    def job(self) -> dict[str, Any] | None:
        """Return how far the newest job is."""
        return self._jobs.told()

    def stop(self) -> None:
        """Stop a comparison."""
        self._jobs.stop()

    def arm(self, who: str, *, armed: bool) -> dict[str, Any]:
        """Keep the last minute's pictures, or forget them."""
        raise ConfigError(f"{who}: the last minute cannot be kept on this unit: {armed}")

    def forget(self) -> None:
        """Keep nothing of what a session did; a trial that goes on goes on."""
        self._jobs.forget()

    def _hand(self) -> Tuning:
        return open_tuning(self._files, self._trials, self._clock)

    def _problem(self) -> str:
        try:
            self._hand()
        except ConfigError as error:
            return str(error)
        return ""


def _saving(
    hand: Tuning, proposal: Proposal, who: str, why: str
) -> Callable[[Progress], Mapping[str, Any]]:
    def work(progress: Progress) -> Mapping[str, Any]:
        return asdict(hand.save(proposal, who, why, progress.tell))

    return work


def _told(proposal: Proposal) -> dict[str, Any]:
    changes = [{**asdict(one), "file": one.file.name} for one in proposal.changes]
    return {"changes": changes, "restart": any(one.restart for one in proposal.changes)}

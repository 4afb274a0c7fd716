"""What the technician's page may ask of the unit's settings."""

from collections.abc import Mapping
from typing import Any, Protocol

MINUTE = "minute"
"""The source of a comparison that is the last minute, armed by the technician."""

CLIP = "clip:"
"""How the name of a clip begins where it is the source of a comparison."""


class SettingsDesk(Protocol):
    """The settings of one unit; every method may be called from any thread.

    *changes* are ``section.key`` to a value as TOML writes it. *who* is the technician logged in.
    Jobs run beside the page, one at a time; :meth:`job` tells how far it is.
    """

    def settings(self) -> dict[str, Any]:
        """Return every setting that may be tuned, the clips, the armed minute and the job.

        Raises:
            ConfigError: the files of the settings cannot be read.
        """

    def propose(self, changes: Mapping[str, str]) -> dict[str, Any]:
        """Return what *changes* would make of the settings; nothing is written.

        Raises:
            ConfigError: a value is refused.
        """

    def propose_back(self, number: int) -> dict[str, Any]:
        """Return what version *number* would make of the settings in force.

        Raises:
            ConfigError: there is no such version, or this edge refuses it.
        """

    def compare(self, changes: Mapping[str, str], source: str) -> int:
        """Begin to replay *source* under the settings in force and under *changes*.

        Args:
            source: :data:`MINUTE`, or :data:`CLIP` and the name of a clip.

        Returns:
            The job's number.

        Raises:
            ConfigError: a value is refused, there is no such source, or another job goes on.
        """

    def save(self, changes: Mapping[str, str], who: str, why: str) -> int:
        """Begin to try *changes*, which are kept if frames go on; return the job's number.

        Raises:
            ConfigError: as :meth:`propose`, or another job goes on.
        """

    def back(self, number: int, who: str, why: str) -> int:
        """Begin to try an earlier version; return the job's number.

        Raises:
            ConfigError: as :meth:`propose_back`, or another job goes on.
        """

    def history(self) -> dict[str, Any]:
        """Return all versions that are kept, the oldest first.

        Raises:
            ConfigError: they cannot be read.
        """

    def job(self) -> dict[str, Any] | None:
        """Return how far the newest job is; None before the first."""

    def stop(self) -> None:
        """Stop a comparison; a trial goes on, for half of one would be none."""

    def kept(self) -> dict[str, Any]:
        """Return whether the last minute is kept, and how much of it there is."""

    def arm(self, who: str, *, armed: bool) -> dict[str, Any]:
        """Keep the last minute's pictures for comparisons, in memory alone, or forget them.

        Raises:
            StoreError: that cannot be recorded, and nothing is kept.
        """

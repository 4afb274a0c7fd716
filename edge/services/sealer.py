"""An alert becomes a letter: signed by the unit, sealed to whom the town lets see it."""

from collections.abc import Collection
from typing import Final

from edge.clock import Clock, Moment
from edge.config.categories import CategoriesSection
from edge.config.unit import UnitSection
from edge.keys.parties import Party
from edge.keys.roster import Roster
from edge.messages.alert import build_alert
from edge.messages.letter import Letter, seal_letter
from edge.messages.topics import Kind
from edge.policy.sharing import recipients
from edge.records import Alert, AlertId, Category
from edge.services.grant_acts import GrantActs
from edge.services.grants import GrantKeeper
from edge.services.keyring import Keyring

_JUDGE_S: Final = 30.0  # keys end by themselves


class Sealer:
    """Makes letters with the roster and the grants that are in force at that moment.

    While the clock is not trusted no grant counts: nobody can say whether it has ended. The town's
    own parties are then judged by no earlier date than the roster's own.

    Attributes:
        problem: why others do not believe this unit or cannot open its alerts; empty when they can.
    """

    def __init__(
        self,
        *,
        unit: UnitSection,
        categories: CategoriesSection,
        software: str,
        keyring: Keyring,
        grants: GrantKeeper,
        clock: Clock,
    ) -> None:
        self.problem = ""
        self._unit = unit
        self._categories = categories
        self._software = software
        self._keyring = keyring
        self._grants = grants
        self._clock = clock
        self._judged: tuple[Roster, str, Moment] | None = None

    def refresh(self) -> None:
        """Take a newer roster and newer grants, if there are any; cheap, call it often."""
        self._keyring.rosters.refresh()
        self._grants.refresh()
        now, rosters = self._clock.now(), self._keyring.rosters
        if self._judged is not None:
            roster, told, then = self._judged
            same = roster is rosters.roster and told == rosters.problem
            if same and now.since(then) < _JUDGE_S:
                return
        self._judged = (rosters.roster, rosters.problem, now)
        self.problem = self._judge()

    def record_grants(self, acts: GrantActs) -> None:
        """Let grants count by their rows on the chain alone, from now on."""
        self._grants.record(acts)

    @property
    def roster_number(self) -> int:
        """Number of the roster in force."""
        return self._keyring.rosters.roster.sequence

    def _judge(self) -> str:
        alone = [
            name
            for name, rules in self._categories.items()
            if name != Category.TEST and len(self.recipients(rules.recipients, name)) == 1
        ]
        nobody = _NOBODY.format(", ".join(alone)) if alone else ""
        return "; ".join(
            one for one in (self._keyring.problem, nobody, self._grants.problem) if one
        )

    def build(self, alert: Alert, alert_id: AlertId, revision: int, stored: Moment) -> Letter:
        """Return one revision of an alert as it will be sent, again and again.

        Raises:
            MessageError: the records break the contract.
            KeysError: a recipient's key is not sound.
        """
        words = build_alert(alert, alert_id, revision, stored, self._unit, self._software)
        roles, category = alert.verdict.handling.recipients, alert.hit.entry.category
        return self.seal(words, alert.crop_jpeg, roles, category)

    def seal(self, words: bytes, picture: bytes, roles: Collection[str], category: str) -> Letter:
        """Return alert words and their picture, sealed to whom *roles* and the grants name."""
        parties = self.recipients(roles, category)
        return seal_letter(Kind.ALERT, words, picture, self._keyring.identity, parties)

    def recipients(self, roles: Collection[str], category: str) -> tuple[Party, ...]:
        """Return who would open an alert of *category* now, this unit first."""
        rosters = self._keyring.rosters
        at = rosters.at()
        standing = self._grants.standing if self._clock.trusted() else ()
        own = self._keyring.identity.party(at, at)
        return recipients(rosters.roster, standing, roles, category, at, own)


_NOBODY: Final = (
    "nobody but this unit can open its alerts ({}): no party on the roster has a role that"
    " categories.*.recipients names and a key that counts; add one at the root ('edge keys roster"
    " add'), and install the new roster here"
)

"""A unit's pauses on a real store and real files; the clock alone is a fake."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge.clock import Moment
from edge.config import load
from edge.keys.parties import to_time
from edge.keys.signed import Signed, to_bytes
from edge.messages.acts import read_act
from edge.policy.pauses import Pause, sign_approval, sign_lift, sign_pause
from edge.services.pause import PauseKeeper
from edge.services.pause_folder import PauseFolder
from edge.store import Store, open_store
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, keys_of, rosters_of

NOW = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)
DAY_S = 86_400.0


def order(signer: str = "sue", days: float = 30, **changes: Any) -> Signed:
    """Return an order to read nothing from now on."""
    fields: dict[str, Any] = {
        "v": 1,
        "town": "windsor",
        "units": [],
        "since": to_time(NOW),
        "until": to_time(NOW + timedelta(days=days)),
        "reason": "vote of 12 May",
        "made": to_time(NOW),
    }
    return sign_pause(Pause.model_validate(fields | changes), keys_of(signer))


def lift(number: str, first: str = "sue", second: str = "ada") -> tuple[Signed, Signed]:
    """Return both words that lift a pause."""
    word = sign_lift(number, "taken back", keys_of(first), NOW)
    return word, sign_approval(word, keys_of(second), ROSTER, NOW)


@dataclass
class Stand:
    """One unit: its store, its folder of pauses, its clock."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.pauses = PauseFolder(self.folder / "pauses", lasting=True)
        self.section = load([]).settings.store.model_copy(
            update={"folder": str(self.folder / "store"), "reserve_mb": 1}
        )
        self.store: Store = open_store(self.section, "main-street", self.clock)
        self.keeper = self.begin()

    def begin(self) -> PauseKeeper:
        """Return the keeper of a process that starts now."""
        rosters = rosters_of(ROSTER)
        rosters.at = lambda: datetime.fromtimestamp(  # type: ignore[method-assign]
            self.clock.now().utc_ns / 1e9, UTC
        )
        self.keeper = PauseKeeper(
            unit="main-street",
            folder=self.pauses,
            store=self.store,
            rosters=rosters,
            clock=self.clock,
        )
        self.keeper.open()
        return self.keeper

    def again(self) -> None:
        """Start anew on the same disk, as after a kill or a reboot."""
        self.store.close()
        self.pauses = PauseFolder(self.folder / "pauses", lasting=True)
        self.store = open_store(self.section, "main-street", self.clock)
        self.begin()

    def put(self, signed: Signed) -> str:
        """Install an order and return its number."""
        return self.pauses.put_pause(signed, ROSTER, NOW).number

    def look(self, seconds: float = 1.0) -> bool:
        """Let time pass, look, record, and say whether the unit is paused."""
        self.clock.advance(seconds)
        self.keeper.refresh()
        self.keeper.settle()
        return self.keeper.current is not None

    def jump(self, days: float) -> None:
        """Set the wall clock, as nobody's sleep would."""
        then = self.clock.moment
        self.clock.moment = Moment(then.utc_ns + round(days * DAY_S * 1e9), then.monotonic_ns)

    def acts(self) -> list[str]:
        """Return what the chain tells of pauses, in order; each payload is a sound act."""
        found = []
        for number, kind in self.store._db.rows("SELECT number, kind FROM audit ORDER BY number"):
            payload = self.store.audit.payload(number)
            assert payload is not None
            read_act(kind, payload)
            if kind == "pause":
                found.append(str(payload["act"]))
        assert self.store.audit.verify() is None
        return found


def body(signed: Signed) -> bytes:
    """Return the document as a file has it."""
    return to_bytes(signed)

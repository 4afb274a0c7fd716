"""Corrections at a console: an officer's claim waits here for a supervisor's key."""

from collections.abc import Callable, Iterator

from edge.clock import Clock
from edge.errors import ConsoleError, CorrectionError, KeysError
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.keys.signed import Signed, from_bytes, to_bytes
from edge.policy.ledger import CLAIM, Claim, read_claim, sign_confirmation
from edge.store.claims import KeptClaim
from edge.store.console import ConsoleStore
from edge.web.console.contract import Session
from edge.web.console.state import ClaimLine


class ClaimDesk:
    """Shows waiting claims to supervisors, and takes their word.

    Args:
        days: for how long a correction may hold.
        listed: says whether a plate is known to be listed.
    """

    def __init__(
        self,
        store: ConsoleStore,
        rosters: RosterKeeper,
        clock: Clock,
        days: float,
        listed: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._rosters = rosters
        self._clock = clock
        self._days = days
        self._listed = listed

    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._store.claims.waiting())

    def lines(self, session: Session) -> tuple[ClaimLine, ...]:
        """Return those that wait; empty but for a supervisor."""
        if session.role is not Role.SUPERVISOR:
            return ()
        return tuple(self._lines())

    def confirm(self, number: str, session: Session) -> None:
        """Confirm a claim; from here on it is spread.

        Raises:
            ConsoleError: not a supervisor's to do, no such claim, or it may not be confirmed.
        """
        if session.role is not Role.SUPERVISOR:
            raise ConsoleError("a supervisor confirms corrections: log in as one")
        kept = next((one for one in self._store.claims.waiting() if one.number == number), None)
        if kept is None:
            raise ConsoleError("this correction does not wait here any more")
        at = self._rosters.at().replace(microsecond=0)
        try:
            confirmation, notice = sign_confirmation(
                _signed(kept),
                session.identity,
                self._rosters.roster,
                at,
                self._days,
                self._listed,
            )
        except (CorrectionError, KeysError) as error:
            raise ConsoleError(str(error)) from error
        self._store.claims.confirm(
            number, to_bytes(confirmation), to_bytes(notice), session.officer, self._clock.now()
        )

    def check(self, signed: Signed, officer: str) -> Claim:
        """Return what another console's officer claims.

        Raises:
            CorrectionError: it may not be confirmed any more.
            KeysError: *officer* has not signed it, or may not.
        """
        if signed.signer != officer:
            raise KeysError(f"a claim of {signed.signer} came with an outcome of {officer}")
        return read_claim(signed, self._rosters.roster, self._rosters.at(), self._days)

    def _lines(self) -> Iterator[ClaimLine]:
        for kept in self._store.claims.waiting():
            signed, refused = _signed(kept), ""
            try:
                read_claim(signed, self._rosters.roster, self._rosters.at(), self._days)
            except (CorrectionError, KeysError) as error:
                refused = str(error)
            claim = Claim.model_validate_json(signed.payload)
            yield ClaimLine(
                number=kept.number,
                alert=claim.alert,
                officer=signed.signer,
                text=claim.text,
                plate=claim.plate,
                owner=claim.owner,
                entry_id=claim.entry_id,
                reason=claim.reason,
                made=claim.made,
                until=claim.until,
                refused=refused,
            )


def _signed(kept: KeptClaim) -> Signed:
    return from_bytes(kept.claim, "a claim that is kept here", CLAIM)

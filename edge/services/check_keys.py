"""Who this unit is, whom it believes, and how long its certificates last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import KeysError
from edge.keys.files import read_public
from edge.keys.roles import Role
from edge.keys.x509 import lasts
from edge.services.finding import Finding, bad, good, unseen
from edge.services.keyring import Keyring, open_keyring

KEYS_MEND: Final = "`edge keys make`, have the root sign a roster, install it: `edge keys --help`"
_SOON: Final = timedelta(days=30)
_RENEW: Final = "ask for new keys now: `edge keys rotate`, and a roster that names them"
_CERTIFICATE: Final = "issue it anew: `edge keys certificate`; and set the clock if it is wrong"


def check_keys(settings: Settings, clock: Clock) -> Finding:
    """Fail where nobody would believe this unit, or will soon not.

    Raises:
        EdgeError: keys or roster are missing, wrong or another town's.
    """
    unit = settings.unit
    keyring = open_keyring(Path(settings.keys.folder), clock, {Role.UNIT}, unit.name, unit.town)
    if keyring.problem:
        return bad("keys", keyring.problem, "have the root sign a roster with this unit on it")
    ends, at = _ends(keyring), keyring.rosters.at()
    number = keyring.rosters.roster.sequence
    if ends - at < _SOON:
        return bad("keys", f"this unit's keys count until {ends:%Y-%m-%d} only", _RENEW)
    silent = [name for name in settings.delivery.receivers if not _known(keyring, name, at)]
    if silent:
        sentence = (
            f"roster {number} does not know {', '.join(silent)}: nobody's receipt would count"
        )
        return bad("keys", sentence, "name in delivery.receivers who is on the roster")
    return good("keys", f"roster {number} of {unit.town} knows this unit until {ends:%Y-%m-%d}")


def check_certificates(settings: Settings, clock: Clock) -> Finding:
    """Fail where a certificate that this unit shows or believes has run out, or will soon."""
    now = datetime.fromtimestamp(clock.now().utc_ns / 1e9, UTC)
    named = {
        "delivery.certificate_file": settings.delivery.certificate_file,
        "delivery.ca_file": settings.delivery.ca_file,
        "hotlist.manifest_certificate_file": settings.hotlist.manifest_certificate_file,
        "hotlist.manifest_ca_file": settings.hotlist.manifest_ca_file,
        "webhook.ca_file": settings.webhook.ca_file,
    }
    ends: list[datetime] = []
    for setting, file in named.items():
        if not file:
            continue
        try:
            since, until = lasts(read_public(Path(file)))
        except KeysError as error:
            which = "" if file in str(error) else f"{file}: "
            return bad("certificates", f"{setting}: {which}{error}", _CERTIFICATE)
        if now < since:
            sentence = (
                f"{file} ({setting}) counts from {since:%Y-%m-%d %H:%M} on; it is {now:%Y-%m-%d}"
            )
            return bad("certificates", sentence, _CERTIFICATE)
        if now >= until:
            return bad("certificates", f"{file} ({setting}) ended {until:%Y-%m-%d}", _CERTIFICATE)
        if until - now < _SOON:
            return bad("certificates", f"{file} ({setting}) ends {until:%Y-%m-%d}", _CERTIFICATE)
        ends.append(until)
    if not ends:
        return unseen("certificates", "none is named in the settings")
    return good("certificates", f"all of {len(ends)} count, until {min(ends):%Y-%m-%d} at least")


def _ends(keyring: Keyring) -> datetime:
    own = keyring.identity.signing.public
    return max(one.until for one in keyring.rosters.roster.parties if one.verify_key == own)


def _known(keyring: Keyring, name: str, at: datetime) -> bool:
    roster = keyring.rosters.roster
    return any(
        one.name == name and one.holds(at) and not roster.revocation(one) for one in roster.parties
    )

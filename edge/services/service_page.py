"""Where the page is served in the unit's own Wi-Fi: its address, a certificate of the moment."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.config.tuning import TuningSection
from edge.disk import put
from edge.errors import ServiceError
from edge.keys.x509 import (
    SERVER,
    certificate_digest,
    issue,
    make_authority,
    make_tls_key,
    tls_public,
)

PAGE: Final = "page.toml"
CERTIFICATE, KEY = "page.pem", "page.key"
_LONGER: Final = timedelta(minutes=10)


def write_page(settings: Settings, folder: Path, clock: Clock) -> str:
    """Write where the page is, with a certificate that outlives the opening by little.

    No authority has signed it: whoever is in this Wi-Fi has the key that only this unit's label
    bears, and a key of the town does not lie on a ladder. A browser asks once.

    Returns:
        The certificate's fingerprint, as a browser shows it.
    """
    service = settings.service
    at = datetime.fromtimestamp(clock.now().utc_ns / 1e9, UTC)
    until = at + timedelta(minutes=service.minutes) + _LONGER
    authority, key = make_authority(settings.unit.town, at), make_tls_key()
    made = issue(
        authority,
        tls_public(key),
        settings.unit.name,
        SERVER,
        [service.address],
        at - timedelta(days=1),
        until,
    )
    for name, body in ((CERTIFICATE, made.pem), (KEY, key)):
        _give(folder / name, body, 0o440)
    rows = {
        "address": service.address,
        "certificate_file": str(folder / CERTIFICATE),
        "key_file": str(folder / KEY),
    }
    text = "\n".join(f'{name} = "{value}"' for name, value in rows.items())
    _give(folder / PAGE, f"{text}\n".encode(), 0o444)
    digest = certificate_digest(made.pem).upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


def served_at(settings: Settings, file: Path) -> Settings:
    """Return *settings* with the page where *file* says; no tunnel leads there.

    Raises:
        ServiceError: the file is not what :func:`write_page` writes.
    """
    try:
        rows = tomllib.loads(file.read_text("ascii"))
        section = TuningSection.model_validate(
            {**settings.tuning.model_dump(), "remote": False, **rows}
        )
    except (OSError, ValueError) as error:
        raise ServiceError(f"{file}: says not where the page is: {error}") from error
    return settings.model_copy(update={"tuning": section})


def _give(file: Path, body: bytes, mode: int) -> None:
    file.unlink(missing_ok=True)
    put(file, body, mode=mode)

"""At the desk: what a whole system says of itself, which RAUC's own program made and reads."""

import hashlib
import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.errors import UpdateError
from edge.services.machine import run

_MAGIC: Final = b"hsqs"  # a bundle of RAUC is a squashfs with a signature behind it
_ARCH: Final = re.compile(r"edge-plates-([a-z0-9]+)")
_PATIENCE_S: Final = 60.0


class _Image(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    filename: str
    checksum: str


class _Info(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    compatible: str
    version: str
    images: tuple[dict[str, _Image], ...]


def is_system(bundle: Path) -> bool:
    """Say whether *bundle* is one of RAUC's.

    Raises:
        UpdateError: it cannot be read.
    """
    try:
        with bundle.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise UpdateError(f"{bundle}: cannot be read: {error.strerror}") from error


def system_facts(bundle: Path) -> tuple[str, str, dict[str, str], str, int]:
    """Return a system's version, architecture, images with their digests, own digest and size.

    Whose TLS certificate signed it is for each unit's RAUC to judge, and was for
    ``scripts/rauc-bundle``; here an updater vouches for the whole file by its key.

    Raises:
        UpdateError: RAUC does not read it, or it is no system of edge.
    """
    words = ["rauc", "info", "--no-verify", "--output-format=json", str(bundle)]
    done = run(words, _PATIENCE_S)
    try:
        info = _Info.model_validate_json(done.stdout)
    except ValidationError:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise UpdateError(
            f"{bundle}: RAUC does not read it (apt install rauc): {said[:200]}"
        ) from None
    found = _ARCH.fullmatch(info.compatible)
    if found is None:
        raise UpdateError(
            f"{bundle}: is for '{info.compatible}', not edge-plates-arm64 or edge-plates-amd64:"
            " scripts/rauc-bundle makes systems"
        )
    files = {one.filename: one.checksum for image in info.images for one in image.values()}
    with bundle.open("rb") as opened:
        mark = hashlib.file_digest(opened, "sha256").hexdigest()
    return info.version, found[1], files, mark, bundle.stat().st_size

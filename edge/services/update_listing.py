"""At the desk: the index of a folder of releases, which any static web server then serves."""

import hashlib
from datetime import datetime
from pathlib import Path

from edge.disk import put
from edge.errors import UpdateError
from edge.keys import canonical
from edge.keys.parties import to_time
from edge.keys.signed import digest, payload_of
from edge.policy.update_index import INDEX, MOST, Index, Listed
from edge.policy.updates import RELEASE, Release
from edge.services.update_file import SUFFIX, check_bundle, read_update


def write_index(folder: Path, at: datetime) -> Index:
    """Write ``index.json`` beside the releases in *folder*, and return what stands in it.

    Raises:
        UpdateError: a release is damaged, there are none or too many, or it cannot be written;
            an index that was there stays.
    """
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if not found:
        raise UpdateError(f"{folder}: holds no release (*{SUFFIX}): 'edge update sign' makes one")
    if len(found) > MOST:
        raise UpdateError(f"{folder}: {len(found)} releases, and an index names {MOST}")
    index = Index(v=1, made=to_time(at), releases=[_listed(one) for one in found])
    place = folder / INDEX
    try:
        put(place, canonical.write(index), mode=0o644)
    except OSError as error:
        raise UpdateError(f"{place}: cannot be written: {error.strerror}") from error
    return index


def _listed(file: Path) -> Listed:
    found = read_update(file)
    payload = payload_of(found.signed, RELEASE, UpdateError)
    release = canonical.read(Release, payload, str(file))
    check_bundle(found, release)
    signers = [found.signed.signer, *([found.approval.signer] if found.approval else [])]
    with file.open("rb") as opened:
        mark = hashlib.file_digest(opened, "sha256").hexdigest()
    return Listed(
        file=file.name,
        size=file.stat().st_size,
        sha256=mark,
        number=digest(found.signed),
        signers=signers,
        release=release.model_copy(update={"files": {}}),
    )

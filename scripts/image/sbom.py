"""What is in an image, as SPDX 2.3: Debian's packages, the locked wheels, edge and its models."""

import argparse
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def debian(lines: Iterable[str], release: str = "trixie") -> Iterator[dict[str, Any]]:
    """Give a package for each line of ``dpkg-query``: name, version, architecture, source."""
    for line in lines:
        name, version, arch, source = line.rstrip("\n").split("\t")
        name = name.partition(":")[0]
        url = f"pkg:deb/debian/{name}@{quote(version)}?arch={arch}&distro={release}"
        yield _package(f"deb-{name}", name, version, url, sourceInfo=f"built from: {source}")


def wheels(lock: str) -> Iterator[dict[str, Any]]:
    """Give a package for each pin of a lock file; its hashes are those that an install allows."""
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        found = _PIN.match(block)
        if found is None:
            continue
        name, version = found.groups()
        hashes = _HASH.findall(block)
        if not hashes:
            raise SystemExit(f"edge image: {name} has no hash in the lock file")
        yield _package(
            f"pypi-{name}",
            name,
            version,
            f"pkg:pypi/{name}@{quote(version)}",
            comment="one of these wheels, SHA-256: " + " ".join(sorted(hashes)),
        )


def models(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a package for each model that is packed with edge, with its digest."""
    for name, one in sorted(manifest.items()):
        yield _package(f"model-{name}", name, "", "", checksums=_sha256(one["sha256"]))


def document(name: str, digest: str, packages: list[dict[str, Any]], epoch: int) -> dict[str, Any]:
    """Return the SPDX document of the image *name* with the SHA-256 *digest*."""
    image = _package("image", name, "", "", checksums=_sha256(digest))
    created = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://edge-plates.invalid/sbom/{name}/{digest}",
        "creationInfo": {"created": created, "creators": ["Tool: scripts/image/build"]},
        "packages": [image, *packages],
        "relationships": [
            _related("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"]),
            *(_related(image["SPDXID"], "CONTAINS", one["SPDXID"]) for one in packages),
        ],
    }


def _package(key: str, name: str, version: str, url: str, **more: Any) -> dict[str, Any]:
    package = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", key),
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **more,
    }
    if version:
        package["versionInfo"] = version
    if url:
        reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
        package["externalRefs"] = [{**reference, "referenceLocator": url}]
    return package


def _sha256(digest: str) -> list[dict[str, str]]:
    return [{"algorithm": "SHA256", "checksumValue": digest}]


def _related(one: str, how: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": how, "relatedSpdxElement": other}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/sbom", description=__doc__)
    parser.add_argument("--name", required=True)
    for flag in ("--packages", "--lock", "--image", "--out"):
        parser.add_argument(flag, type=Path, required=True)
    options = parser.parse_args()
    version = re.search(r'__version__ = "(.+)"', (ROOT / "edge/__init__.py").read_text("utf-8"))
    assert version is not None
    manifest = tomllib.loads((ROOT / "models/manifest.toml").read_text("utf-8"))
    packages = [
        _package("edge-plates", "edge-plates", version[1], ""),
        *models(manifest),
        *wheels(options.lock.read_text("utf-8")),
        *debian(options.packages.read_text("utf-8").splitlines()),
    ]
    with options.image.open("rb") as image:
        digest = hashlib.file_digest(image, "sha256").hexdigest()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    told = document(options.name, digest, packages, epoch)
    options.out.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Systems for a test image's other side, out of other images: signed, half signed, or damaged."""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.keys.identity import Identity, load_identity, make_identity
from edge.keys.roles import Role
from edge.keys.x509 import issue, make_authority, make_tls_key, tls_public
from edge.services.update_sign import Wish, sign_update
from scripts.image.player import Card, ImageError
from scripts.image.town import NAME

_RAUC_BUNDLE: Final = Path(__file__).resolve().parents[1] / "rauc-bundle"
_BOOT_FILES: Final = ("vmlinuz", "initrd.img", "cmdline.txt")
_SIZE_AT: Final = 40  # where a squashfs says how long it is


@dataclass(frozen=True)
class Desk:
    """Where an updater of the town sits.

    Attributes:
        keys: his folder.
        authority: the town's TLS authority.
    """

    keys: Path
    authority: Path
    arch: str
    folder: Path

    def system(self, image: Path, version: str) -> Path:
        """Return side A of *image* as RAUC's bundle, signed by his certificate."""
        place = self.folder / version
        place.mkdir(parents=True)
        card = Card(image)
        card.copy_out("edge-root-a", place / "root.img")
        _trim(place / "root.img")
        (place / "boot").mkdir()
        for name in _BOOT_FILES:
            blob = card.read(name, "edge-boot-a")
            if blob is None:
                raise ImageError(f"{image}: edge-boot-a has no {name}")
            (place / "boot" / name).write_bytes(blob)
        made = self._bundle(place, version, self.keys, self.authority)
        (place / "root.img").unlink()
        return made

    def foreign(self, version: str) -> Path:
        """Return a bundle that another town's updater has signed, which its own units take."""
        place = self.folder / f"foreign-{version}"
        keys = place / "keys"
        keys.mkdir(parents=True)
        now = datetime.now(UTC)
        authority, key = make_authority("elsewhere", now), make_tls_key()
        since, until = now - timedelta(hours=1), now + timedelta(days=9)
        made = issue(authority, tls_public(key), "mallory", "updater", (), since, until)
        (keys / "tls.key").write_bytes(key)
        (keys / "mallory.pem").write_bytes(made.pem)
        (place / "authority.pem").write_bytes(authority.certificate)
        (place / "root.img").write_bytes(os.urandom(1 << 20))
        (place / "boot").mkdir()
        (place / "boot/cmdline.txt").write_text("root=PARTLABEL=edge-root-a ro\n")
        return self._bundle(place, version, keys, place / "authority.pem")

    def release(self, bundle: Path, number: int) -> Path:
        """Return *bundle* as the release that units take."""
        return self._sign(bundle, number, load_identity(self.keys), "good")

    def forged(self, bundle: Path, number: int) -> Path:
        """Return it signed by somebody of the same name who is on no roster."""
        return self._sign(bundle, number, make_identity("upton", Role.UPDATER, NAME), "forged")

    def flipped(self, release: Path, name: str) -> Path:
        """Return a copy of *release* with one other bit in its middle."""
        blob = bytearray(release.read_bytes())
        blob[len(blob) // 2] ^= 1
        out = self.folder / name
        out.write_bytes(blob)
        os.utime(out, (0, 0))
        return out

    def _bundle(self, place: Path, version: str, keys: Path, authority: Path) -> Path:
        words = [str(_RAUC_BUNDLE), self.arch, version, "--root", str(place / "root.img")]
        words += ["--boot", str(place / "boot"), "--keys", str(keys)]
        words += ["--authority", str(authority), "--out", str(place)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ImageError(done.stderr.strip())
        return place / f"edge-{version}-{self.arch}.raucb"

    def _sign(self, bundle: Path, number: int, signer: Identity, name: str) -> Path:
        out = self.folder / f"{number}-{name}.update"
        sign_update(Wish(bundle, number, "0.0"), signer, datetime.now(UTC), out)
        os.utime(out, (0, 0))  # it lies still
        return out


def _trim(image: Path) -> None:
    """Cut what lies behind a squashfs in its partition."""
    with image.open("rb") as opened:
        head = opened.read(_SIZE_AT + 8)
    size = int.from_bytes(head[_SIZE_AT:], "little")
    if head[:4] != b"hsqs" or not 0 < size <= image.stat().st_size:
        raise ImageError(f"{image}: is no squashfs")
    os.truncate(image, (size + 4095) // 4096 * 4096)

"""Write what makes a unit of a stock Raspberry Pi OS onto its image; see ``customise --help``."""

import argparse
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.errors import EdgeError, ProvisionError
from edge.services.card import CARD, FOLDER, Card
from scripts.image.first_files import (
    CARD_FOLDER,
    FIRSTRUN,
    HERE,
    ROLES,
    START,
    cmdline,
    imager_data,
    roles_of,
    site_files,
    user_data,
)
from scripts.image.pi_image import BootPartition, Kind, open_image

_AIR: Final = 8_000_000  # the firmware and kernel updates write there as well


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the words say; 2 when it could not be done."""
    options = _words(argv)
    try:
        if options.user_data:
            card, files = site_files(_at(options.user_data))
            print(imager_data(card, files, options.role), end="")
        else:
            _customise(options)
    except EdgeError as error:
        print(f"edge customise: {error}", file=sys.stderr)
        return 2
    return 0


def _words(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/image/customise", description=__doc__)
    parser.add_argument("image", nargs="?", type=Path, help=".img or .img.xz, as downloaded")
    parser.add_argument("site", nargs="?", type=Path, help="a site's edge-site.toml")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="from scripts/bundle arm64")
    parser.add_argument("--out", type=Path, metavar="CARD.img", help="leaves IMAGE as it is")
    parser.add_argument("--role", action="append", default=[], choices=("unit", "console"))
    parser.add_argument("--user-data", type=Path, metavar="SITE.toml", help="print it, no image")
    options = parser.parse_args(argv)
    if options.user_data is None and None in (options.image, options.site, options.bundle):
        parser.error("name IMAGE, SITE.toml and --bundle; or --user-data SITE.toml alone")
    return options


def _at(path: Path) -> Path:
    """Return *path* as seen from where the command was typed."""
    return Path(os.environ.get("EDGE_STARTED", ".")) / path


def _customise(options: argparse.Namespace) -> None:
    image, bundle = _at(options.image), _at(options.bundle)
    for file in (image, bundle):
        if not file.is_file():
            raise ProvisionError(f"{file}: no such file")
    packed = image.suffix == ".xz"
    out = _at(options.out) if options.out else image.with_suffix("") if packed else image
    card, files = site_files(_at(options.site))
    roles = roles_of(card, options.role)
    with _copied(image, out, packed=packed) as fresh:
        try:
            boot, kind = open_image(fresh)
            _check_bundle(bundle, kind)
            _write(boot, kind, bundle, files, roles)
        except ProvisionError as error:
            raise ProvisionError(str(error).replace(str(fresh), str(image))) from None
    way = "cloud-init" if kind.cloud_init else FIRSTRUN
    print(f"{out}: Raspberry Pi OS {kind.release} ({kind.arch}), {_named(card)}, by {way}")
    print("write it onto a card with any tool, and start the machine; the site's files are on it")
    print("as they are: erase the image when its card is written")


def _named(card: Card) -> str:
    return f"{card.settings.unit.name} of {card.settings.unit.town}, card {card.table.number}"


@contextmanager
def _copied(image: Path, out: Path, *, packed: bool) -> Iterator[Path]:
    """Yield a copy beside *out*, which takes its place when all has gone well."""
    fresh = out.with_name(f".{out.name}.new")
    try:
        if packed:
            with lzma.open(image) as source, fresh.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        else:
            words = ["cp", "--reflink=auto", "--sparse=always", str(image), str(fresh)]
            subprocess.run(words, check=True, capture_output=True)
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(out)
    except (lzma.LZMAError, EOFError):
        raise ProvisionError(f"{image}: is no whole .xz: download it again") from None
    except subprocess.CalledProcessError as error:
        raise ProvisionError(f"{image}: cannot be copied: {error.stderr.decode()}") from None
    except OSError as error:
        raise ProvisionError(f"{error.filename or out}: {error.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)


def _check_bundle(bundle: Path, kind: Kind) -> None:
    try:
        with tarfile.open(bundle) as tar:
            about = next((one for one in tar if one.name.endswith("/ABOUT")), None)
            read = tar.extractfile(about) if about else None
            text = read.read(200).decode("ascii", "replace") if read else ""
    except (tarfile.TarError, OSError):
        text = ""
    arch = (text.split() or [""])[-1]
    if not arch:
        raise ProvisionError(f"{bundle}: is no whole bundle: scripts/bundle {kind.arch} makes one")
    if arch != kind.arch:
        raise ProvisionError(f"{bundle}: is for {arch}, and the image for {kind.arch}")


def _write(
    boot: BootPartition, kind: Kind, bundle: Path, files: dict[str, Path], roles: str
) -> None:
    """Write everything; what an earlier run has written goes first."""
    names = boot.names()
    own = FIRSTRUN in names and boot.read(FIRSTRUN) == (HERE / FIRSTRUN).read_bytes()
    if FIRSTRUN in names and not own:
        raise ProvisionError(f"the image has a {FIRSTRUN} of its own: take it as downloaded")
    boot.remove([CARD_FOLDER, FOLDER, CARD, FIRSTRUN])
    needed = sum(one.stat().st_size for one in (bundle, *files.values())) + _AIR
    free = boot.free_bytes()
    if free < needed:
        raise ProvisionError(
            f"the boot partition has {free // 1_000_000} MB free, and {needed // 1_000_000} are"
            " needed: take Raspberry Pi OS Lite as downloaded, whose boot partition has 512 MB"
        )
    boot.make(CARD_FOLDER)
    boot.make(FOLDER)
    for name, file in files.items():
        boot.write(file, name)
    boot.write(bundle, f"{CARD_FOLDER}/{bundle.name}")
    boot.write(HERE / START, f"{CARD_FOLDER}/{START}")
    with tempfile.TemporaryDirectory() as scratch:
        texts = {f"{CARD_FOLDER}/{ROLES}": f"{roles}\n", **_first(boot, kind)}
        for name, text in texts.items():
            draft = Path(scratch) / "draft"
            draft.write_text(text, "utf-8")
            boot.write(draft, name)
    if not kind.cloud_init:
        boot.write(HERE / FIRSTRUN, FIRSTRUN)


def _first(boot: BootPartition, kind: Kind) -> dict[str, str]:
    if kind.cloud_init:
        return {"user-data": user_data(boot.read("user-data").decode("utf-8"))}
    return {"cmdline.txt": cmdline(boot.read("cmdline.txt").decode("ascii"))}


if __name__ == "__main__":
    sys.exit(main())

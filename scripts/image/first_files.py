"""What a card's boot partition is given: words for its first start, and the card of the site."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError
from edge.services.card import CARD, FOLDER, Card, read_card

CARD_FOLDER: Final = "edge-card"
START: Final = "start.sh"
ROLES: Final = "roles"
FIRSTRUN: Final = "firstrun.sh"
HERE: Final = Path(__file__).parent
_BOOT: Final = "/boot/firmware"
_WORDS: Final = (
    f"systemd.run={_BOOT}/{FIRSTRUN} systemd.run_success_action=reboot"
    " systemd.run_failure_action=reboot systemd.unit=kernel-command-line.target"
)
_HEAD: Final = "#cloud-config"
_BEGIN, _END = "# edge card: begin", "# edge card: end"
_RUN: Final = f"runcmd:\n- [bash, {_BOOT}/{CARD_FOLDER}/{START}, arm, --now]\n"


def site_files(site: Path) -> tuple[Card, dict[str, Path]]:
    """Return a site's card, and its files by their place on the boot partition.

    Args:
        site: ``edge-site.toml`` as ``edge provision batch`` writes it, or the folder that it is in.

    Raises:
        ProvisionError: a setting is wrong, or a file that it names is missing.
    """
    folder = site if site.is_dir() else site.parent
    if not (folder / CARD).is_file() or (site.is_file() and site.name != CARD):
        raise ProvisionError(f"{site}: is no {CARD}: 'edge provision batch' writes one per site")
    card = read_card(folder)
    missing = [one for one in card.table.names() if not (folder / FOLDER / one).is_file()]
    if missing:
        raise ProvisionError(f"{folder / FOLDER}: lacks {', '.join(missing)}, which {CARD} names")
    inside = {f"{FOLDER}/{one}": folder / FOLDER / one for one in card.table.names()}
    return card, {CARD: folder / CARD, **inside}


def roles_of(card: Card, roles: Sequence[str]) -> str:
    """Return what the machine becomes: as asked for, or as the card says."""
    if roles and card.table.role not in roles:
        raise ProvisionError(f"{CARD} is for a {card.table.role}: --role {card.table.role} too")
    return " ".join(roles or [card.table.role])


def cmdline(text: str) -> str:
    """Return the kernel's words with those that run ``firstrun.sh`` once.

    Raises:
        ProvisionError: something else is to run at the first start.
    """
    words = text.split()
    if _WORDS.split()[0] in words:
        return text
    if any(one.startswith("systemd.run=") for one in words):
        raise ProvisionError(
            "cmdline.txt runs something of its own at the first start: take the image as it was"
            " downloaded"
        )
    return f"{' '.join(words)} {_WORDS}\n"


def user_data(text: str) -> str:
    """Return *text*, the image's own user-data, with our words behind it.

    Raises:
        ProvisionError: it has commands of its own, which ours would replace.
    """
    before, _, rest = text.partition(_BEGIN)
    kept = before + rest.partition(_END)[2]
    lines = kept.replace("\r\n", "\n").strip().splitlines() or [_HEAD]
    if lines[0].strip() != _HEAD:
        raise ProvisionError(
            f"user-data: does not begin with {_HEAD}: take the image as downloaded"
        )
    if any(line.startswith("runcmd:") for line in lines):
        told = "".join(f"\n  {line}" for line in _RUN.splitlines()[1:])
        raise ProvisionError(
            f"user-data: has commands (runcmd) of its own: add this line there{told}"
        )
    return "\n".join([*lines, "", _BEGIN, _RUN.strip(), _END, ""])


def imager_data(card: Card, files: dict[str, Path], roles: Sequence[str]) -> str:
    """Return user-data that carries the site's card itself, for Raspberry Pi Imager."""
    parts = {
        **{name: one.read_bytes() for name, one in files.items()},
        f"{CARD_FOLDER}/{START}": (HERE / START).read_bytes(),
        f"{CARD_FOLDER}/{ROLES}": f"{roles_of(card, roles)}\n".encode(),
    }
    rows = [
        f"- path: {json.dumps(f'{_BOOT}/{name}')}\n  encoding: b64\n"
        f"  content: {base64.b64encode(body).decode('ascii')}\n"
        for name, body in parts.items()
    ]
    return "\n".join(
        [_HEAD, _BEGIN, "write_files:", *(one.rstrip() for one in rows), _RUN + _END, ""]
    )

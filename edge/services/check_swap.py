"""Where the kernel may write memory to a disk: what the line knows of passing cars is in memory."""

from pathlib import Path
from typing import Final

from edge.services.finding import Finding, unseen

SWAP_MEND: Final = (
    "end it with `swapoff --all` and for good (Raspberry Pi OS: `systemctl disable --now"
    " dphys-swapfile`), or use zram, or a swap partition encrypted with a random key"
)


def check_swap(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Finding:
    """Fail where memory may be swapped to a disk that keeps it readable."""
    try:
        lines = (proc / "swaps").read_text("utf-8").splitlines()[1:]
    except OSError as error:
        return unseen("swap", f"the kernel does not tell where it swaps: {error.strerror}")
    places = [line.split()[0] for line in lines if line.strip()]
    open_ones = [one for one in places if not _closed(Path(one), sys)]
    if open_ones:
        return Finding(
            "swap",
            passed=False,
            sentence=f"memory may be written to {', '.join(open_ones)}, plates of passing cars too",
            mend=SWAP_MEND,
        )
    what = f"only {', '.join(places)}, which keeps nothing readable" if places else "there is none"
    return Finding("swap", passed=True, sentence=what)


def _closed(place: Path, sys: Path) -> bool:
    """Say whether *place* is compressed memory or an encrypted device."""
    name = place.name
    if place.parent != Path("/dev"):
        return False
    if name.startswith("zram"):
        # one with a backing device writes cold pages to a disk
        backing = sys / "block" / name / "backing_dev"
        return not backing.exists() or backing.read_text("ascii").strip() == "none"
    identity = sys / "block" / name / "dm" / "uuid"
    return identity.exists() and identity.read_text("ascii").startswith("CRYPT-")

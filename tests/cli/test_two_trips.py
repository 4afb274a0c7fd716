"""What scripts/README.md says of a card's two trips, typed: sheet, start, desk, start."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, read

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]

_SECTION = read(Path("scripts/README.md")).partition("## Cards")[2].partition("\n## ")[0]
_PHRASE = "--passphrase-file phrase"
# nobody types or compares by eye; the image, its card and the broker are other tests'
_WHAT_DIFFERS = {
    r"^(edge keys roster sign)$": rf"\1 {_PHRASE}",
    r"^(edge provision enrol .*)$": rf"\1 {_PHRASE} --fingerprints read",
    r"^CLONE/scripts/.*$": "",
    r"^--bundle .*$": "",
    r"^install -o mosquitto .*$": "test -s edge.acl",
    r"^systemctl reload mosquitto$": "",
}
_UNITS = ("main-street", "elm-street")
_ISSUED = "# issued: $(date -u +%FT%TZ)"


def typed() -> list[str]:
    """Return the commands of the section's blocks, as this test types them."""
    lines = [one.strip() for one in re.findall(r"^    (\S.*|    \S.*)$", _SECTION, flags=re.M)]
    lines = [re.sub(r"\s+#.*$|^#.*$", "", one) for one in lines]
    lines = [part for one in lines for part in one.split(" && ")]
    for shipped, here in _WHAT_DIFFERS.items():
        assert any(re.search(shipped, one) for one in lines), shipped
        lines = [re.sub(shipped, here, one) for one in lines]
    return [one for one in lines if one]


def run(folder: Path, *lines: str) -> str:
    """Type *lines* into a shell in *folder*; return what it said."""
    shell = ["set -e", f'edge() {{ "{sys.executable}" -m edge "$@"; }}', *lines]
    done = subprocess.run(
        ["bash", "-c", "\n".join(shell)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def start(folder: Path, name: str) -> str:
    """Copy a site's boot folder onto its card, and play its unit's start."""
    shutil.copytree(folder / f"sites/{name}/boot", folder / f"cards/{name}", dirs_exist_ok=True)
    return run(folder, f"edge provision first-boot --boot cards/{name} --target units/{name}")


def test_a_sheet_becomes_units_that_alert(tmp_path: Path) -> None:
    """Each line of the text in its order; after the second start each unit has list and rights."""
    example = (ROOT / "configs/sites-example.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "sites.csv").write_text("".join(one for one in example if ",console," not in one))
    (tmp_path / "phrase").write_text("five words drawn by dice\n")
    (tmp_path / "phrase").chmod(0o600)
    head = "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner"
    run(
        tmp_path,
        f"edge keys root windsor {_PHRASE}",
        f"cat >list.csv <<END\n{_ISSUED}\n{head},entered,expires",
        "CT-1001,AB12345,us-ct,stolen_vehicle,,,,,,driveway,Windsor PD,2026-01-01,2099-01-01\nEND",
    )
    batch, *desk = typed()
    assert batch.startswith("edge provision batch sites.csv")
    told = run(tmp_path, batch)
    assert "archive is in its receivers and not on the roster" in told
    digits = {}
    for name in _UNITS:
        digits[name] = start(tmp_path, name).split("fingerprint: ")[1][:35]
        (tmp_path / f"returned/{name}").mkdir(parents=True)
        shutil.copy(tmp_path / f"cards/{name}/edge-unit.txt", tmp_path / f"returned/{name}")
    read_off = "".join(f"{name} {text}\n" for name, text in digits.items())
    (tmp_path / "read").write_text(read_off)
    run(tmp_path, *desk)
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF")
    for name in _UNITS:
        assert "are in force" in start(tmp_path, name)
        found = [one.name for one in (tmp_path / f"units/{name}").rglob("*") if one.is_file()]
        assert {"unit.pem", "new.bundle"} <= set(found), found
    for name in _UNITS:
        assert f"user {name}\n" in (tmp_path / "edge.acl").read_text()

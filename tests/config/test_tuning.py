"""The technician's page: what a tunnel to it needs, refused where it could lead elsewhere."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ConfigError

EVERYWHERE = "0.0.0.0"  # noqa: S104 - loopback is among it


def of(folder: Path, **keys: object) -> bool:
    """Return whether a tunnel is let in by ``[tuning]`` with *keys*."""
    file = folder / "site.toml"
    words = {True: "true", False: "false"}
    lines = [
        f"{key} = {words[value] if isinstance(value, bool) else repr(value)}"
        for key, value in keys.items()
    ]
    file.write_text("\n".join(["[tuning]", *lines, ""]))
    return load([file]).settings.tuning.remote


def test_no_tunnel_is_let_in_by_itself(tmp_path: Path) -> None:
    """Without a word on it the door is closed."""
    assert of(tmp_path) is False


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", EVERYWHERE])
def test_a_tunnel_leads_to_this_machine(tmp_path: Path, address: str) -> None:
    """A page on loopback, or on all addresses, can be reached through one."""
    files = {"certificate_file": "a", "key_file": "b"} if address == EVERYWHERE else {}
    assert of(tmp_path, address=address, **files, remote=True)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"address": "192.168.1.7", "certificate_file": "a", "key_file": "b"}, "loopback"),
        ({"port": 0}, "tuning.port"),
    ],
    ids=["another machine's address", "any port"],
)
def test_a_tunnel_to_elsewhere_is_refused(
    tmp_path: Path, keys: dict[str, object], why: str
) -> None:
    """An address that is not this machine's loopback, and a port that nobody knows.

    Control: without a tunnel both are taken.
    """
    assert of(tmp_path, **keys, remote=False) is False
    with pytest.raises(ConfigError, match=why):
        of(tmp_path, **keys, remote=True)

"""The archive's settings refuse what would leak a password or serve an open page."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ConfigError

SERVER = "postgresql+psycopg://archive@db.town.example/edge"


def section(tmp_path: Path, lines: str) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(f"[archive]\n{lines}\n")
    return file


def test_a_server_is_one_setting(tmp_path: Path) -> None:
    """Another database is one line; its password stands in a file of its own."""
    file = section(tmp_path, f'database = "{SERVER}"\npassword_file = "/etc/edge/db.password"')
    assert load([file]).settings.archive.database == SERVER


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('database = "postgresql+psycopg://a:secret@db/edge"', "holds a password"),
        ('database = "mysql://a@db/edge"', "empty for sqlite"),
        ('database = "postgresql+psycopg://a@db:port/edge"', "no address"),
        ('password_file = "/etc/edge/db.password"', "needs a server"),
        ('address = "10.0.0.1"', "certificate_file"),
        ('certificate_file = "/a"', "go together"),
    ],
    ids=["password", "other", "port", "no-server", "open-page", "half-tls"],
)
def test_what_is_unsafe_is_refused(tmp_path: Path, lines: str, sentence: str) -> None:
    """The sentence names the mend."""
    with pytest.raises(ConfigError, match=sentence):
        load([section(tmp_path, lines)])

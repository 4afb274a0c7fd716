"""Which servers of lists the settings let a unit ask."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ConfigError


def url_of(folder: Path, *lines: str) -> str:
    """Return the manifest's address as settings with *lines* have it."""
    file = folder / "site.toml"
    file.write_text("\n".join(("[hotlist]", *lines)))
    return load([file]).settings.hotlist.manifest_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://lists.windsor.example/manifest",
        "https://192.0.2.7:8443/lists/manifest",
        "http://127.0.0.1:8000/manifest",
        "http://localhost/manifest",
        "http://[::1]:8000/manifest",
    ],
)
def test_https_and_this_machine_are_asked(tmp_path: Path, url: str):
    """Encrypted to anywhere, plain only to the machine itself."""
    assert url_of(tmp_path, f'manifest_url = "{url}"') == url


@pytest.mark.parametrize(
    "url",
    [
        "http://lists.windsor.example/manifest",
        "http://localhost.example.org/manifest",
        "http://127.0.0.1@example.org/manifest",
        "https://user:secret@lists.windsor.example/manifest",
        "ftp://127.0.0.1/manifest",
        "file:///etc/passwd",
        "https:///manifest",
        "https://[::1/manifest",
        "https://host:port/manifest",
        "lists.windsor.example/manifest",
    ],
)
def test_all_else_is_refused(tmp_path: Path, url: str):
    """Plain http, other schemes, passwords and what is no address: refused with the mend."""
    with pytest.raises(ConfigError, match="http only to localhost"):
        url_of(tmp_path, f'manifest_url = "{url}"')


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('inbox = ""', "set both"),
        ('folder = ""', "set both"),
        ('manifest_key_file = "/etc/edge/lists.key"', "go together"),
        ('manifest_certificate_file = "/etc/edge/lists.pem"', "go together"),
    ],
)
def test_what_polling_needs_is_set_with_it(tmp_path: Path, line: str, words: str):
    """Lists that go nowhere, and half a client certificate, are refused at the start."""
    with pytest.raises(ConfigError, match=words):
        url_of(tmp_path, 'manifest_url = "https://lists.example/manifest"', line)

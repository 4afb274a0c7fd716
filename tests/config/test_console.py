"""The console's settings: where its page may be served, and under which names."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ConfigError
from edge.services.console import hosts
from tests.certificates import Authority


def _site(tmp_path: Path, lines: str) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(f"[console]\n{lines}\n")
    return file


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "::", "192.0.2.7", "tablet.windsor.example"],  # noqa: S104 - the refused ones
)
def test_a_page_that_leaves_the_machine_needs_tls(tmp_path: Path, address: str) -> None:
    """Any address but loopback is refused without a certificate, and taken with one."""
    with pytest.raises(ConfigError, match="leaves this machine"):
        load([_site(tmp_path, f'address = "{address}"')])
    pair = 'certificate_file = "page.pem"\nkey_file = "page.key"'
    section = load([_site(tmp_path, f'address = "{address}"\n{pair}')]).settings.console
    assert section.address == address


def test_certificate_and_key_go_together(tmp_path: Path) -> None:
    """One without the other is refused, on loopback as well."""
    with pytest.raises(ConfigError, match="set both or none"):
        load([_site(tmp_path, 'key_file = "page.key"')])


def test_the_page_answers_to_its_certificates_names(tmp_path: Path) -> None:
    """The names of the certificate, and loopback; not the address that means every address."""
    pair = Authority(tmp_path / "ca").issue("page", hosts=("Car-12.example", "192.0.2.7"))
    lines = f'address = "0.0.0.0"\ncertificate_file = "{pair.certificate}"\nkey_file = "{pair.key}"'
    found = hosts(load([_site(tmp_path, lines)]).settings)
    assert set(found) == {"localhost", "127.0.0.1", "::1", "car-12.example", "192.0.2.7"}

"""What a certificate of the town's authority may be used for."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.keys.roles import Role
from edge.keys.x509 import SERVER, issue, make_authority, make_tls_key, tls_public

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("role", [*(one.value for one in Role), SERVER])
def test_an_updater_alone_signs_code(role: str) -> None:
    """Images of cards are taken by this purpose: no unit, console or broker may have it."""
    public = tls_public(make_tls_key())
    hosts = ("broker",) if role == SERVER else ()
    made = issue(
        make_authority("springfield", NOW), public, "one", role, hosts, NOW, NOW + timedelta(days=9)
    )
    certificate = x509.load_pem_x509_certificate(made.pem)
    uses = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert (ExtendedKeyUsageOID.CODE_SIGNING in uses) == (role == Role.UPDATER)
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in uses) == (role != SERVER)

"""The town's TLS authority: certificates that say name and role, and the list of revoked ones.

The other half of the door to ``cryptography``. A certificate's common name is the party's name,
which a broker takes for the user; its organisational unit is the role. Keys are ECDSA P-256, which
every browser and broker takes; they open connections, and an updater's alone signs images of cards.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import KeysError

SERVER = "server"  # the organisational unit of what is no party: the broker
UPDATER = "updater"  # the one role whose certificate signs images of cards too, as RAUC asks
_SKEW = timedelta(hours=1)  # of the clocks that look at a certificate made just now
_AUTHORITY_LIFE = timedelta(days=3653)
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate and key, as PEM."""

    certificate: bytes
    key: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the certificate, hex: what the roster names."""
        return certificate_digest(self.certificate)

    def public(self) -> bytes:
        """Return the public key that the certificate names, DER."""
        return _der(_certificate(self.certificate).public_key())


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was issued, PEM, with what a list of them needs."""

    pem: bytes
    serial: int
    until: datetime


def certificate_digest(pem: bytes) -> str:
    """Return the SHA-256 of a PEM certificate, hex."""
    der = _certificate(pem).public_bytes(serialization.Encoding.DER)
    return hashlib.sha256(der).hexdigest()


def holder_of(pem: bytes) -> tuple[str, bytes]:
    """Return whom a PEM certificate names, and the public key that it vouches for, DER."""
    certificate = _certificate(pem)
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (str(named[0].value) if named else ""), _der(certificate.public_key())


def check_issued(pem: bytes, authority: bytes) -> None:
    """Return only if the certificate *pem* was given out by *authority*, both PEM.

    Raises:
        KeysError: it was not, or one of them is damaged.
    """
    try:
        _certificate(pem).verify_directly_issued_by(_certificate(authority))
    except (ValueError, TypeError, InvalidSignature):
        raise KeysError("the certificate is not of the town's authority: fetch it again") from None


def hosts_of(pem: bytes) -> tuple[str, ...]:
    """Return the names and addresses that a server's certificate is made out to."""
    try:
        names = _certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    hosts = names.value.get_values_for_type(x509.DNSName)
    addresses = names.value.get_values_for_type(x509.IPAddress)
    return (*hosts, *(str(one) for one in addresses))


def lasts(pem: bytes) -> tuple[datetime, datetime]:
    """Return from when to when a certificate counts, UTC.

    Raises:
        KeysError: it is damaged.
    """
    certificate = _certificate(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def make_tls_key() -> bytes:
    """Return a new private key for TLS, PEM."""
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def tls_public(key: bytes) -> bytes:
    """Return the public half of a key of :func:`make_tls_key`, DER."""
    return _der(_private(key).public_key())


def make_authority(town: str, now: datetime) -> Authority:
    """Return a new authority for *town*."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{town} authority", "authority", town)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(name, name, key.public_key(), now, now + _AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate.public_bytes(_PEM), _pem(key))


def issue(
    authority: Authority,
    public: bytes,
    name: str,
    unit: str,
    hosts: Sequence[str],
    since: datetime,
    until: datetime,
) -> Certificate:
    """Return a certificate for the TLS key *public*.

    Args:
        unit: the role, which makes it a client's; :data:`SERVER` makes it a server's alone.
        hosts: names and addresses under which it serves; a party with hosts is both.

    Raises:
        KeysError: *public* is no key for TLS, or a server has no host.
    """
    uses = [] if unit == SERVER else [ExtendedKeyUsageOID.CLIENT_AUTH]
    uses += [ExtendedKeyUsageOID.SERVER_AUTH] if hosts else []
    uses += [ExtendedKeyUsageOID.CODE_SIGNING] if unit == UPDATER else []
    if not uses:
        raise KeysError(f"{name} is not on the roster, so it can only be a server: give --host")
    issuer = _certificate(authority.certificate)
    until = min(until, issuer.not_valid_after_utc)
    key = _private(authority.key)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    town = issuer.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    builder = (
        _builder(_name(name, unit, str(town)), issuer.subject, _public(public, name), since, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(identifier, critical=False)
    )
    if hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(key, hashes.SHA256())
    return Certificate(made.public_bytes(_PEM), made.serial_number, made.not_valid_after_utc)


def revocation_list(
    authority: Authority, revoked: Iterable[tuple[int, datetime]], now: datetime
) -> bytes:
    """Return the signed list of revoked certificates, PEM.

    Args:
        revoked: serial number and moment of each.

    It has no short end: brokers refuse everybody once a list has ended, and a town without its
    alerts because nobody signed an unchanged list is worse off than one with an old list.
    """
    issuer = _certificate(authority.certificate)
    key = _private(authority.key)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - _SKEW)
        .next_update(issuer.not_valid_after_utc)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for serial, at in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
        builder = builder.add_revoked_certificate(row.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(_PEM)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since - _SKEW)
        .not_valid_after(until)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str, unit: str, town: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, town),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return _dns(host)


def _dns(host: str) -> x509.DNSName:
    try:
        return x509.DNSName(host)
    except ValueError:
        raise KeysError(f"{host!r} is no host name: write it as DNS has it, in ASCII") from None


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _der(public: CertificatePublicKeyTypes) -> bytes:
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _private(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        raise KeysError("a TLS key is damaged: make it again") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeysError("a TLS key is of another kind than ECDSA P-256: make it again")
    return key


def _public(der: bytes, name: str) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(der)
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise KeysError(f"{name}: its TLS key is no ECDSA P-256 key: make it again")
    return key


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise KeysError("a certificate is damaged: fetch it again") from None

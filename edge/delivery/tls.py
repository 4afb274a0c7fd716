"""Keys, certificates and passwords, each checked before it is used."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from edge.config.delivery import DeliverySection
from edge.errors import ConfigError


class _Socket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho would leave that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except (OSError, ValueError):
            self.close()
            raise


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The files of one client's TLS.

    Attributes:
        setting: what their settings begin with, for errors: ``delivery.``.
        ca: empty for the system's CAs.
        certificate, key: empty for none.
    """

    setting: str
    ca: str
    certificate: str
    key: str


def open_tls(section: DeliverySection) -> ssl.SSLContext | None:
    """Return what encrypts the connection, or None where the settings ask for plain MQTT.

    The broker's certificate must be signed by the CA and made out to the host's name.

    Raises:
        ConfigError: a file is missing, unreadable, of the wrong kind, or open to everybody.
    """
    if not section.tls:
        return None
    return client_context(
        TlsFiles("delivery.", section.ca_file, section.certificate_file, section.key_file)
    )


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Return what verifies a server and encrypts the connection to it.

    Raises:
        ConfigError: a file is missing, unreadable, of the wrong kind, or open to everybody.
    """
    context = _context(files)
    context.sslsocket_class = _Socket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate:
        _keep_private(Path(files.key), f"{files.setting}key_file", forbidden=0o007)
        _load_certificate(context, files)
    return context


def read_password(section: DeliverySection) -> str | None:
    """Return the password from its file without the line's end; None when there is none.

    Raises:
        ConfigError: the file is missing, empty, or readable by others than its owner.
    """
    if not section.password_file:
        return None
    return read_secret(Path(section.password_file), "delivery.password_file")


def read_secret(file: Path, setting: str) -> str:
    """Return what *file*, which *setting* names, holds, without the line's end.

    Raises:
        ConfigError: it is missing, empty, or readable by others than its owner.
    """
    _keep_private(file, setting, forbidden=0o077)
    try:
        secret = file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {setting} cannot be read: {error}") from error
    if not secret:
        raise ConfigError(f"{file}: {setting} is empty; write the secret into it")
    return secret


def _context(files: TlsFiles) -> ssl.SSLContext:
    if files.ca and not Path(files.ca).is_file():
        raise ConfigError(
            f"{files.ca}: {files.setting}ca_file is not there; name the town's CA (PEM)"
        )
    try:
        return ssl.create_default_context(cafile=files.ca or None)
    except OSError as error:
        raise ConfigError(
            f"{files.ca}: {files.setting}ca_file is no certificate in PEM form: {error}"
        ) from error


def _load_certificate(context: ssl.SSLContext, files: TlsFiles) -> None:
    try:
        # a key behind a passphrase must not make a daemon ask on a terminal
        context.load_cert_chain(files.certificate, files.key, password=lambda: "")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{files.certificate}: {files.setting}certificate_file is not there; "
            "name this unit's certificate (PEM), or leave it empty to log in by password"
        ) from error
    except PermissionError as error:
        raise ConfigError(
            f"{files.certificate} or {files.key}: this user may not read it: 'edge check' as root"
            " names which, and the chown that mends it"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{files.certificate} and {files.key}: are no certificate with its key in PEM form "
            f"without a passphrase: {error}"
        ) from error


def _keep_private(file: Path, setting: str, *, forbidden: int) -> None:
    try:
        mode = file.stat().st_mode & 0o777
    except OSError as error:
        raise ConfigError(f"{file}: {setting} cannot be read: {error.strerror}") from error
    if mode & forbidden:
        raise ConfigError(
            f"{file}: {setting} has mode {mode:04o}, so others can read it; mend: chmod 600 {file}"
        )

"""Keys, certificates and passwords, each checked before it is used."""

import ssl
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


def open_tls(section: DeliverySection) -> ssl.SSLContext | None:
    """Return what encrypts the connection, or None where the settings ask for plain MQTT.

    The broker's certificate must be signed by the CA and made out to the host's name.

    Raises:
        ConfigError: a file is missing, unreadable, of the wrong kind, or open to everybody.
    """
    if not section.tls:
        return None
    context = _context(section.ca_file)
    context.sslsocket_class = _Socket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if section.certificate_file:
        _keep_private(Path(section.key_file), "key_file", forbidden=0o007)
        _load_certificate(context, section.certificate_file, section.key_file)
    return context


def read_password(section: DeliverySection) -> str | None:
    """Return the password from its file without the line's end; None when there is none.

    Raises:
        ConfigError: the file is missing, empty, or readable by others than its owner.
    """
    if not section.password_file:
        return None
    file = Path(section.password_file)
    _keep_private(file, "password_file", forbidden=0o077)
    try:
        password = file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: delivery.password_file cannot be read: {error}") from error
    if not password:
        raise ConfigError(f"{file}: delivery.password_file is empty; write the password into it")
    return password


def _context(ca_file: str) -> ssl.SSLContext:
    if ca_file and not Path(ca_file).is_file():
        raise ConfigError(f"{ca_file}: delivery.ca_file is not there; name the town's CA (PEM)")
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ConfigError(
            f"{ca_file}: delivery.ca_file is no certificate in PEM form: {error}"
        ) from error


def _load_certificate(context: ssl.SSLContext, certificate_file: str, key_file: str) -> None:
    try:
        # a key behind a passphrase must not make a daemon ask on a terminal
        context.load_cert_chain(certificate_file, key_file, password=lambda: "")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{certificate_file}: delivery.certificate_file is not there; "
            "name this unit's certificate (PEM), or leave it empty to log in by password"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{certificate_file} and {key_file}: are no certificate with its key in PEM form "
            f"without a passphrase: {error}"
        ) from error


def _keep_private(file: Path, setting: str, *, forbidden: int) -> None:
    try:
        mode = file.stat().st_mode & 0o777
    except OSError as error:
        raise ConfigError(f"{file}: delivery.{setting} cannot be read: {error.strerror}") from error
    if mode & forbidden:
        raise ConfigError(
            f"{file}: delivery.{setting} has mode {mode:04o}, so others can read it; "
            f"mend: chmod 600 {file}"
        )

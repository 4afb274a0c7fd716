"""Fetch one file by URL and digest, when a person asks for it; nothing else here ever does.

It gets its name only once its digest is right. What was fetched of a file that failed is deleted.
"""

import hashlib
import http.client
import re
import ssl
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit

from edge.delivery.web import AGENT, allow, opener
from edge.errors import DeliveryError, ModelError

_STEP: Final = 1 << 16
_WAIT_S: Final = 30.0  # for each answer of the server
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Watch = Callable[[int, int | None], None]


def unwatched(_done: int, _whole: int | None) -> None:
    """Show no progress."""


def fetch(
    url: str,
    sha256: str,
    folder: Path,
    limit: int,
    name: str = "",
    watch: Watch = unwatched,
) -> Path:
    """Return the fetched file, in *folder*, which is made.

    Args:
        url: https; http only to this machine itself. So must be wherever it is redirected.
        sha256: 64 hex digits that the file must have.
        limit: bytes; a larger file is refused, whatever the server announced.
        name: of the file; empty for the last part of the URL.
        watch: told the bytes that are there, and how many there will be where that is known.

    Raises:
        ModelError: the URL or digest cannot be used, the server cannot be reached or refuses, or
            the file is too large or another one; nothing is left of it then.
    """
    try:
        allow(url)
    except DeliveryError as error:
        raise ModelError(str(error)) from error
    name = name or unquote(Path(urlsplit(url).path).name)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise ModelError(f"a SHA-256 has 64 hex digits, not {sha256!r}")
    if not _NAME.fullmatch(name):
        raise ModelError(f"{url}: has no usable file name in it; give one with --name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".fetching-", delete=False) as file:
            part = Path(file.name)
            try:
                _receive(url, file, limit, watch)
                _compare(url, part, sha256.lower())
                part.chmod(0o644)
                return part.replace(folder / name)
            finally:
                part.unlink(missing_ok=True)
    except DeliveryError as error:
        raise ModelError(str(error)) from error
    except HTTPError as error:
        error.close()
        raise ModelError(f"{url}: the server answered {error.code} {error.reason}") from error
    except URLError as error:
        raise ModelError(f"{url}: cannot be fetched: {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(f"{url}: cannot be fetched: {error or type(error).__name__}") from error


def _receive(url: str, file: IO[bytes], limit: int, watch: Watch) -> None:
    request = urllib.request.Request(  # noqa: S310 - allow has seen its scheme
        url, headers={"User-Agent": AGENT}
    )
    with opener(url, ssl.create_default_context()).open(request, timeout=_WAIT_S) as answer:
        length = answer.headers.get("Content-Length", "")
        whole = int(length) if length.isdecimal() else None
        if whole is not None and whole > limit:
            raise ModelError(f"{url}: has {whole} bytes, more than the {limit} that are allowed")
        done = 0
        while chunk := answer.read(_STEP):
            done += len(chunk)
            if done > limit:
                raise ModelError(f"{url}: has more than the {limit} bytes that are allowed")
            file.write(chunk)
            watch(done, whole)
    file.flush()
    if whole is not None and done < whole:
        raise ModelError(f"{url}: ended after {done} of {whole} bytes; fetch it again")


def _compare(url: str, file: Path, sha256: str) -> None:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if digest != sha256:
        raise ModelError(
            f"{url}: is another file than the one asked for (SHA-256 {digest[:12]}... instead of "
            f"{sha256[:12]}...); it was deleted"
        )

"""What a database's driver complains of, as sentences: what is wrong, and how to mend it."""

import errno
from pathlib import Path
from typing import Final

from edge.disk import free_bytes
from edge.errors import StoreError, StoreFull

# SQLite's result codes (sqlite.org/rescode.html)
_BUSY, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 8, 10, 11, 13, 14, 26
_NOTHING_FREE: Final = 64 * 1024
_DAMAGED: Final = (
    "is damaged; move the folder away to start anew, and keep it: its chains may be saved from it,"
    " and units send theirs again"
)
_SQLITE: Final = {
    _BUSY: "another process has kept it for more than 10 s",
    _READONLY: "the disk or the folder is read-only; make it writable for this user",
    _IOERR: "the disk failed or became read-only; see `journalctl -k`, the medium may be worn out",
    _CORRUPT: _DAMAGED,
    _CANTOPEN: "cannot be opened or made; the folder must exist and be writable",
    _NOTADB: "is no database; move the file away, and look who wrote it",
}
_CONNECTING: Final = (
    "the server cannot be reached, or does not let us in: is it running, and do archive.database,"
    " archive.password_file and its pg_hba.conf fit?"
)
# PostgreSQL's SQLSTATEs, whole or by class (appendix A of its manual)
_SERVER: Final = {
    "08": "the connection to the server is lost; is it running, and is the network?",
    "25006": "the server is read-only, as a standby is; name the primary in archive.database",
    "42501": "this user may not make or write tables there: let it own the database",
    "53300": "the server has no connection left for us; raise its max_connections",
    "55P03": "another process has kept it for more than 10 s",
    "57": "the server was stopped or is starting; it is tried again",
    "58": "the server's disk failed; see its log",
    "XX": "is damaged, as the server says; see its log, and restore it: units send again",
}
_FULL_STATES: Final = {"53100"}


def fault(where: str, error: BaseException, folder: Path) -> StoreError:
    """Return the sentence for a driver's or the system's *error*.

    Args:
        where: names the database, without a password.
        folder: whose disk may be full.
    """
    if isinstance(error, OSError) and not hasattr(error, "sqlstate"):
        return _of_system(where, error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _of_sqlite(where, code & 0xFF, error, folder)
    return _of_server(where, error)


def _of_system(where: str, error: OSError) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull(f"{where}: cannot be opened: {error.strerror}; make room")
    mend = "its folder must be one that this user may write"
    return StoreError(f"{where}: cannot be opened: {error.strerror}; {mend}")


def _of_sqlite(where: str, code: int, error: BaseException, folder: Path) -> StoreError:
    if code == _FULL or (code in {_IOERR, _CANTOPEN} and _nothing_free(folder)):
        return StoreFull(f"{where}: no space left on the archive's disk; make room ({error})")
    return StoreError(f"{where}: {_SQLITE.get(code, 'cannot be used')} ({error})")


def _of_server(where: str, error: BaseException) -> StoreError:
    state = str(getattr(error, "sqlstate", None) or "")
    told = str(error).strip().splitlines()
    detail = told[0][:200] if told else type(error).__name__
    if state in _FULL_STATES:
        return StoreFull(f"{where}: no space left on the server's disk; make room ({detail})")
    sentence = _SERVER.get(state) or _SERVER.get(state[:2], "cannot be used")
    if not state:  # the driver names no state for a connection that failed, or broke
        sentence = _CONNECTING
    return StoreError(f"{where}: {sentence} ({detail})")


def _nothing_free(folder: Path) -> bool:
    try:
        return free_bytes(folder) < _NOTHING_FREE
    except OSError:
        return False  # the folder itself is gone: that is not "full"

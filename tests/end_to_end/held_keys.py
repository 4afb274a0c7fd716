"""What root finds of keys in a running process: its locked pages, and the whole of its memory."""

import re
from pathlib import Path

from edge.errors import KeysError
from edge.keys.crypto import SealingKey, VerifyKey, agree, public_half
from edge.records import KeptRead
from edge.store import reads_format as form

KEY = 32


def locked_keys(process: int) -> tuple[bytes, ...]:
    """Return the private keys in the locked pages of *process*."""
    found: list[bytes] = []
    for start, end, flags in _maps(process):
        if "lo" not in flags or end - start > 1 << 20:
            continue
        body = _read(process, start, end)
        found += [body[at : at + KEY] for at in range(0, len(body), KEY)]
    return tuple(one for one in found if any(one))


def in_memory(process: int, secrets: tuple[bytes, ...]) -> int:
    """Return how many times one of *secrets* stands in the writable memory of *process*."""
    pattern = re.compile(b"|".join(re.escape(one) for one in secrets))
    return sum(
        len(pattern.findall(_read(process, start, end)))
        for start, end, flags in _maps(process)
        if "wr" in flags
    )


def opened(
    blob: bytes, keys: tuple[bytes, ...], signer: VerifyKey
) -> tuple[list[KeptRead], set[bytes]]:
    """Return what *keys* open of the files of kept reads in *blob*, a raw disk, and their slots."""
    reads: list[KeptRead] = []
    slots: set[bytes] = set()
    halves = {public_half(memoryview(key)).raw: key for key in keys}
    for match in re.finditer(re.escape(form.MAGIC), blob):
        part = blob[match.start() : match.start() + 65_536]
        slot = SealingKey(part[8:40])
        slots.add(slot.raw)
        if slot.raw not in halves:
            continue
        try:
            head = form.read_head(part, slot, {signer})
        except KeysError:
            continue
        key = memoryview(halves[slot.raw])
        found, _ = form.open_reads(
            part, head, lambda other, key=key: agree(key, other), lambda *_: True
        )
        reads += found
    return reads, slots


def _maps(process: int) -> list[tuple[int, int, set[str]]]:
    text = Path(f"/proc/{process}/smaps").read_text("ascii")
    rows = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) .*?^VmFlags: ([^\n]*)", text, re.M | re.S)
    return [(int(start, 16), int(end, 16), set(flags.split())) for start, end, flags in rows]


def _read(process: int, start: int, end: int) -> bytes:
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        memory.seek(start)
        try:
            return memory.read(end - start)
        except OSError:  # pages that nobody may look at
            return b""

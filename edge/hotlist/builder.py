"""From checked rows, one by one, to a list sorted by plate."""

from array import array

import numpy as np

from edge.hotlist.index import POOLED, SEPARATOR, Hotlist, Pool, Row, row_type
from edge.hotlist.platekey import key_of
from edge.records import ListVersion


class Builder:
    """Takes checked rows one by one and makes the list of them."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._lines = array("I")
        self._categories = array("B")
        self._entered = array("q")
        self._expires = array("q")
        self._pooled = {name: array("I") for name in POOLED}
        self._ends = array("Q")
        self._words = bytearray()
        self._ids = array("q")

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, row: Row, line: int) -> None:
        """Take the row that stands on *line* of the file."""
        self._keys.append(key_of(row.plate))
        self._lines.append(line)
        self._categories.append(row.category)
        self._entered.append(row.entered)
        self._expires.append(row.expires)
        pooled = self._pooled
        pooled["jurisdiction"].append(row.jurisdiction)
        pooled["make"].append(row.make)
        pooled["model"].append(row.model)
        pooled["colour"].append(row.colour)
        pooled["type"].append(row.type)
        pooled["owner"].append(row.owner)
        self._words += SEPARATOR.join((row.entry_id, row.reason, row.caution)).encode()
        self._ends.append(len(self._words))
        self._ids.append(hash(row.entry_id))

    def same_ids(self) -> list[tuple[int, int, str]]:
        """Return line, line of the first such, and id of each entry whose id stood there before."""
        hashes = np.array(self._ids, np.int64)
        order = np.argsort(hashes, kind="stable")
        twice = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        first: dict[str, int] = {}
        found = []
        for row in sorted(set(order[twice].tolist()) | set(order[twice + 1].tolist())):
            entry_id = self._entry_id(row)
            if entry_id in first:
                found.append((self._lines[row], first[entry_id], entry_id))
            first.setdefault(entry_id, self._lines[row])
        return found

    def build(self, version: ListVersion, pools: dict[str, Pool]) -> Hotlist:
        """Return the finished list; the builder is of no use afterwards."""
        keys = np.frombuffer(self._keys, np.uint64)
        order = np.argsort(keys, kind="stable")
        values = {name: tuple(pools[name].values_in_order) for name in POOLED}
        ends = np.frombuffer(self._ends, np.uint64)
        starts = np.concatenate([np.zeros(1, np.uint64), ends])[: len(ends)]
        rows = np.empty(len(keys), row_type(values))
        rows["start"] = starts[order]
        rows["size"] = (ends - starts)[order]
        rows["entered"] = np.frombuffer(self._entered, np.int64)[order]
        rows["expires"] = np.frombuffer(self._expires, np.int64)[order]
        rows["line"] = np.frombuffer(self._lines, np.uint32)[order]
        rows["category"] = np.frombuffer(self._categories, np.uint8)[order]
        for name, numbers in self._pooled.items():
            rows[name] = np.frombuffer(numbers, np.uint32)[order]
        return Hotlist(version, keys[order], rows, values, memoryview(bytes(self._words)))

    def _entry_id(self, row: int) -> str:
        start = self._ends[row - 1] if row else 0
        words = self._words[start : self._ends[row]].decode()
        return words.split(SEPARATOR)[0]

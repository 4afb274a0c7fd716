"""Faults that an installer, a thief or the weather leaves behind, to be seeded into a good unit."""

import os
import sqlite3
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from edge.clock import SystemClock
from edge.keys.roster import Roster
from edge.store import open_store
from tests.alerts import store_section
from tests.brokers import Broker, Tap, free_port
from tests.keys.cast import (
    ISSUED,
    PARTIES,
    SINCE,
    keys_folder,
    keys_of,
    party_of,
    put_roster,
    roster_of,
)
from tests.services.checking import Bench
from tests.services.watching import draw, scene

DAY_S = 86_400
ALL = "topic readwrite edge/v1/windsor/main-street/{}\n"


class Faults:
    """Each method breaks one thing; what it starts ends with *stage*."""

    def __init__(self, bench: Bench, stage: ExitStack) -> None:
        self.bench = bench
        self.stage = stage

    # what the camera shows

    def lens_covered(self) -> None:
        draw(self._street, [np.full((192, 320, 3), 5, np.uint8)] * 12)

    def lens_white(self) -> None:
        draw(self._street, [np.full((192, 320, 3), 120 + n, np.uint8) for n in range(12)])

    def lens_defocused(self) -> None:
        soft = [cv2.GaussianBlur(scene(60 + 8 * n), (0, 0), 9) for n in range(12)]
        draw(self._street, [np.asarray(one, np.uint8) for one in soft])

    def camera_frozen(self) -> None:
        draw(self._street, [scene(60)] * 12)

    def camera_away(self) -> None:
        address = f"rtsp://127.0.0.1:{free_port()}/one"
        self.bench.sections["source"] = {"kind": "rtsp", "address": address}

    def no_pictures(self) -> None:
        self.bench.sections["source"] = {"address": str(self.bench.post.folder / "nowhere")}

    def mad_health(self) -> None:
        self.bench.post.run.mkdir()
        (self.bench.post.run / "watch.json").write_text('{"frames_seen": NaN}')

    # lists and models

    def no_list(self) -> None:
        self.bench.sections["hotlist"] = {"path": ""}

    def broken_list(self) -> None:
        self.bench.post.hotlist.write_text("entry_id,plate\n")

    def stale_list(self) -> None:
        self._aged(2)

    def expired_list(self) -> None:
        self._aged(8)

    def list_of_tomorrow(self) -> None:
        self._aged(-1)

    def changed_weight(self) -> None:
        weights = self.bench.post.models / "reader.onnx"
        weights.write_bytes(weights.read_bytes()[:-50])

    def missing_weight(self) -> None:
        (self.bench.post.models / "detector.onnx").unlink()

    # who we are

    def foreign_roster(self) -> None:
        put_roster(self.bench.post.folder / "keys", roster_of("elsewhere"))

    def ended_on_the_roster(self) -> None:
        own = keys_of("main-street").party(SINCE, datetime(2025, 9, 1, tzinfo=UTC))
        others = [party_of(name) for name in PARTIES if name != "main-street"]
        roster = Roster("windsor", 2, ISSUED, (*others, own))
        keys_folder(self.bench.post.folder / "keys", "main-street", roster=roster)

    def unknown_receiver(self) -> None:
        self.bench.delivery["receivers"] = ["archiv"]

    def own_certificate_ended(self) -> None:
        pair = self.bench.broker.authority.issue("ended", from_days=-9, to_days=-1)
        self.bench.delivery["certificate_file"] = str(pair.certificate)
        self.bench.delivery["key_file"] = str(pair.key)

    # the broker

    def foreign_authority(self) -> None:
        self.bench.delivery["ca_file"] = str(Broker(self._folder("other")).authority.file)

    def broker_certificate_ended(self) -> None:
        self._other(Broker(self._folder("ended"), server_days=(-9, -1)))

    def wrong_password(self) -> None:
        other = Broker(self._folder("password"), login="password")
        other.add_user("main-street", "another secret")
        self._other(other)

    def may_not_publish(self) -> None:
        self._ruled(["receipt", "status", "health", "chain", "ask", "answer", "keys"])

    def nobody_hears(self) -> None:
        other = Broker(self._folder("empty"))
        self._other(other)

    def no_broker(self) -> None:
        self.bench.delivery["port"] = free_port()

    def no_such_host(self) -> None:
        self.bench.delivery["host"] = "broker.invalid"

    def no_certificate(self) -> None:
        self.bench.delivery["certificate_file"] = str(self.bench.post.folder / "missing.pem")

    def no_receiver(self) -> None:
        self.bench.delivery["receivers"] = []

    # the disk

    def read_only(self) -> None:
        self.bench.board.put("proc/mounts", f"/dev/mmcblk0p2 {self._root} ext4 ro,noatime 0 0\n")

    def full_disk(self) -> None:
        self.bench.sections["store"] = {"reserve_mb": 100_000_000, "budget_mb": 200_000_000}

    def worn_card(self) -> None:
        self.bench.board.put("sys/block/mmcblk0/device/life_time", "0x01 0x0b\n")

    def sick_file_system(self) -> None:
        self.bench.board.put("sys/fs/ext4/mmcblk0p2/errors_count", "3\n")

    def another_units_store(self) -> None:
        self._stored("elsewhere")

    def broken_tables(self) -> None:
        self._stored("main-street")
        base = sqlite3.connect(self.bench.post.store / "edge.db")
        base.execute("DROP TABLE outbox")
        base.commit()
        base.close()

    def store_is_a_file(self) -> None:
        self.bench.post.store.write_text("in the way")

    def runtime_is_a_file(self) -> None:
        self.bench.post.run.write_text("in the way")

    def store_open_to_all(self) -> None:
        self.bench.post.store.mkdir()
        self.bench.post.store.chmod(0o777)

    def key_open_to_all(self) -> None:
        file = self._folder("secrets") / "webhook"
        file.write_text("s" * 40)
        file.chmod(0o644)
        self.bench.sections["webhook"] = {"secret_file": str(file)}

    # the machine

    def swap_on_the_card(self) -> None:
        self.bench.board.put("proc/swaps", "Filename Type\n/var/swap file 102396 0 -2\n")

    def low_voltage(self) -> None:
        self._flags("10001")

    def low_voltage_by_hwmon(self) -> None:
        (self.bench.board.root / "sys/devices/platform/soc/soc:firmware/get_throttled").unlink()
        self.bench.board.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        self.bench.board.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")

    def hot(self) -> None:
        self.bench.board.put("sys/class/thermal/thermal_zone0/temp", "83700\n")

    def slowed_down(self) -> None:
        self._flags("40000")

    def open_port(self) -> None:
        self.bench.board.listening([("00000000", 22), ("00000000", 5900)])

    def flat_battery(self) -> None:
        self.bench.board.put("sys/class/rtc/rtc0/since_epoch", "946684800\n")

    def watch_not_enabled(self) -> None:
        self.bench.board.daemons["edge-watch enabled"] = "disabled"

    def deliver_failed(self) -> None:
        self.bench.board.daemons["edge-deliver"] = "failed"

    @property
    def _street(self) -> Path:
        return self.bench.post.folder / "street"

    @property
    def _root(self) -> Path:
        return self.bench.post.folder.parent

    def _folder(self, name: str) -> Path:
        place = self.bench.post.folder / name
        place.mkdir(exist_ok=True)
        return place

    def _aged(self, days: float) -> None:
        when = SystemClock().now().utc_ns / 1e9 - days * DAY_S
        os.utime(self.bench.post.hotlist, (when, when))

    def _flags(self, text: str) -> None:
        name = "sys/devices/platform/soc/soc:firmware/get_throttled"
        self.bench.board.put(name, text)

    def _stored(self, unit: str) -> None:
        self.bench.post.store.mkdir(mode=0o700)
        open_store(store_section(self.bench.post.store), unit, SystemClock()).close()

    def _ruled(self, kinds: list[str]) -> None:
        folder = self._folder("ruled")
        rules = "user main-street\n" + "".join(ALL.format(kind) for kind in kinds)
        (folder / "acl").write_text(f"{rules}user tap\ntopic read #\n")
        other = Broker(folder, extra=f"acl_file {folder}/acl")
        self._other(other)
        self.stage.callback(Tap(other).close)

    def _other(self, other: Broker) -> None:
        other.start()
        self.stage.callback(other.stop)
        self.bench.delivery.update(other.settings("main-street"))
        if other.login == "password":
            self.bench.delivery |= {"certificate_file": "", "key_file": ""}

"""A hostile client in a process of its own: ``python -m tests.services.flooding PORT TOPIC LEAST``.

Publishes a thousand messages a second, or as many as the machine can, each another, as large as a
search, at QoS 1: until its input ends, and LEAST at least.
"""

import itertools
import os
import select
import sys
import time

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PER_SECOND = 1000
SIZE = 3000


def main(words: list[str]) -> int:
    """Flood, and print how many the broker took, and in how many seconds."""
    port, topic, least = int(words[0]), words[1], int(words[2])
    client = paho.Client(CallbackAPIVersion.VERSION2, "flood", protocol=MQTTProtocolVersion.MQTTv5)
    taken = itertools.count(1)
    last = [0]
    client.on_publish = lambda *_: last.append(next(taken))
    client.max_inflight_messages_set(1_000)
    client.connect("localhost", port, 60)
    client.loop_start()
    begun, sent = time.monotonic(), 0
    while sent < least or not select.select([sys.stdin], [], [], 0.0)[0]:
        # as many as the broker takes: a flood that waits in this process floods nobody
        due = min(int((time.monotonic() - begun) * PER_SECOND), last[-1] + PER_SECOND)
        for _ in range(due - sent):
            client.publish(topic, os.urandom(SIZE), 1)
            sent += 1
        time.sleep(0.02)
    took = time.monotonic() - begun
    client.disconnect()
    client.loop_stop()
    sys.stdout.write(f"{last[-1]} {took:.1f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A hostile client in a process of its own: ``python -m tests.services.flooding PORT TOPIC S``.

Publishes a thousand messages a second, each another, as large as a search, at QoS 1.
"""

import os
import sys
import time

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PER_SECOND = 1000
SIZE = 3000


def main(words: list[str]) -> int:
    """Flood, and print how many were sent."""
    port, topic, seconds = int(words[0]), words[1], float(words[2])
    client = paho.Client(CallbackAPIVersion.VERSION2, "flood", protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages_set(10_000)
    client.connect("localhost", port, 60)
    client.loop_start()
    begun, sent, last = time.monotonic(), 0, None
    while (passed := time.monotonic() - begun) < seconds:
        for _ in range(int(passed * PER_SECOND) - sent):
            last = client.publish(topic, os.urandom(SIZE), 1)
            sent += 1
        time.sleep(0.02)
    if last is not None:
        last.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    sys.stdout.write(f"{sent}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

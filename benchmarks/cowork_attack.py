"""Benchmarks a hub while a machine without an invite holds thousands of silent connections to it.

The attacker has a loopback address of its own (Linux). It opens connections, sends nothing, and replaces those that the
hub refuses or closes.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import selectors
import signal
import socket
import statistics
import time
from contextlib import suppress
from multiprocessing.sharedctypes import Synchronized
from urllib.parse import urlsplit

from benchmarks.cowork_hubs import CLIENTS_CORE, one_hub, pin
from benchmarks.cowork_load import WARMUP_SECONDS, Load, Row, percentile
from benchmarks.cowork_peers import Peer
from cowork import frames, keys

CONNECTIONS = 5_000
ATTACKER = "127.0.0.2"
MAX_RATE = 2_000  # connections that the attacker opens a second
RATE, SECONDS = 5.0, float(os.environ.get("COWORK_SECONDS", "20"))  # messages a second of the two members
LIMITS = {"p99": 250, "join": 5, "log": 1}  # ms, s, MB


def attack(port: int, opened: Synchronized[int], held: Synchronized[int]) -> None:
    """Keeps CONNECTIONS silent connections to the port, as far as the hub allows; runs until it is killed."""
    pin(CLIENTS_CORE)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, CONNECTIONS + 100) if hard > 0 else CONNECTIONS + 100, hard))
    selector = selectors.DefaultSelector()
    start = time.perf_counter()
    while True:
        allowed = (time.perf_counter() - start) * MAX_RATE
        while len(selector.get_map()) < CONNECTIONS and opened.value < allowed:
            connection = socket.socket()
            connection.setblocking(False)
            connection.bind((ATTACKER, 0))
            connection.connect_ex(("127.0.0.1", port))
            selector.register(connection, selectors.EVENT_READ)
            opened.value += 1
        for key, _ in selector.select(0.01):  # the hub sends nothing before TLS: this one is closed
            selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        held.value = len(selector.get_map())


def run() -> list[Row]:
    """Rows of (measurement, result, comparison)."""
    pin(CLIENTS_CORE)
    with one_hub() as (host,):
        load = Load([host], clients=2, rooms=1)
        port = urlsplit(host.members.address).port
        assert port is not None
        counters = multiprocessing.Value("q", 0, lock=False), multiprocessing.Value("q", 0, lock=False)
        attacker = multiprocessing.get_context("fork").Process(target=attack, args=(port, *counters), daemon=True)
        load.move_to(load.rooms)
        before = _latencies(load, WARMUP_SECONDS)
        attacker.start()
        try:
            load.swarm.run_until(lambda: counters[0].value >= CONNECTIONS, 30)
            during = _latencies(load, SECONDS)
            start = time.perf_counter()
            newcomer = Peer(load.swarm, keys.DeviceKey.generate(), "newcomer")
            newcomer.invite = (host.members.secret, host.members.digest)
            newcomer.connect(host.members.address, host.members.fingerprint)
            load.swarm.run_until(lambda: newcomer.state == "welcome", 30)
            newcomer.send(frames.Enter(load.rooms[0], 0))
            load.swarm.run_until(lambda: bool(newcomer.caught_up), 30)
            joined = time.perf_counter() - start
        finally:
            with suppress(ProcessLookupError):
                os.kill(attacker.pid or 0, signal.SIGKILL)
            attacker.join()
        log = host.log.stat().st_size / 1e3
        opened, held = (counter.value for counter in counters)
    title = f"{CONNECTIONS} silent connections from another address"
    return [
        (f"{title}: two members chat", f"p50 {statistics.median(during):.1f} ms, p99 {percentile(during, 0.99):.1f} ms "
         f"(before: p99 {percentile(before, 0.99):.1f} ms); {opened} were opened, {held} held at the end",
         f"p99 ≤ {LIMITS['p99']} ms"),
        (f"{title}: a new member joins", f"{joined:.2f} s", f"≤ {LIMITS['join']} s"),
        (f"{title}: the hub's log", f"{log:.1f} kB", f"≤ {LIMITS['log']} MB"),
    ]  # fmt: skip


def _latencies(load: Load, seconds: float) -> list[float]:
    """Milliseconds from each message of the two members to its arrival at both."""
    swarm = load.swarm
    swarm.latencies = []
    start, count = time.perf_counter() + 0.1, int(seconds * RATE)
    for index in range(count):
        swarm.at(start + index / RATE, load.chat_action(load.peers[index % 2]))
    swarm.run_until(lambda: len(swarm.latencies) >= 2 * count, seconds + 60)
    return [1e3 * latency for latency in swarm.latencies]

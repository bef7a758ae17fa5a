"""A process that takes places from the live counter in several threads, and prints how many."""

from __future__ import annotations

import json
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from ticketcore.domain import ids
from ticketcore.domain.ids import CustomerDigest, EventId, OrderId
from ticketcore.domain.reservations import ReservationRequest
from ticketcore.ports import Taken
from ticketcore_redis import RedisInventory, RedisServer


class Taker:
    """Takes one place after the other."""

    def __init__(self, redis_url: str, event_id: str) -> None:
        self._inventory = RedisInventory(RedisServer(redis_url))
        self._event_id = EventId(event_id)

    def take(self) -> None:
        """Take a place for a new order."""
        now = datetime.now(UTC)
        order_id = OrderId(ids.text_of(secrets.token_bytes(ids.SECRET_BYTES)))
        wanted = ReservationRequest(
            order_id, self._event_id, "ann@example.com", 1, now + timedelta(minutes=15), CustomerDigest("ann")
        )
        taken = self._inventory.take(wanted, now)
        assert taken == Taken(), taken

    def take_for(self, seconds: float) -> int:
        """Take places for so long, and return how many."""
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.take()
            count += 1
        return count


def main(redis_url: str, event_id: str, seconds: float, threads: int) -> None:
    """Take places in so many threads, and print what came of it."""
    taker = Taker(redis_url, event_id)
    began, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        takes = sum(pool.map(taker.take_for, [seconds] * threads))
    measured = {"takes": takes, "seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))

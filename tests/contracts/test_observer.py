"""Every observer passes the suite of its port."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from prometheus_client import CollectorRegistry

from ticketcore.ports import Observer
from ticketcore_memory import MemoryObserver, NoObserver
from ticketcore_telemetry.metrics import PrometheusObserver
from ticketcore_telemetry.observers import LogObserver, Observers
from ticketcore_testing.contracts.observer import ObserverContract

ADAPTERS: Mapping[str, Callable[[], Observer]] = {
    "none": NoObserver,
    "memory": MemoryObserver,
    "log": LogObserver,
    "metrics": lambda: PrometheusObserver.counting_in(CollectorRegistry()),
    "several": lambda: Observers((LogObserver(), MemoryObserver())),
}


class TestObserver(ObserverContract):
    """No observer, memory, logs, metrics, and several at once."""

    @pytest.fixture(params=ADAPTERS)
    def observer(self, request: pytest.FixtureRequest) -> Observer:
        """Return an observer."""
        return ADAPTERS[request.param]()

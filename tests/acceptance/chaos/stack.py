"""The production stack in pieces that can be broken: Postgres, Redis, AWS, the API and the workers, each a process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
from redis import Redis

from tests import forked
from tests.acceptance import ledger_state
from tests.acceptance.chaos.aws_faults import AwsFaults
from tests.acceptance.installation import Installation
from tests.acceptance.service import Service, serving
from tests.forked import Forked
from tests.patience import PATIENCE_SECONDS
from tests.servers import postgres
from tests.servers import redis as redis_servers
from tests.servers.aws import Aws, aws_at, running_aws
from tests.servers.redis import RedisServer
from tests.servers.redis_programs import any_program
from ticketcore.domain.ids import EventId

HOLD_SECONDS = 4
_WORKERS = 2
_SENDER = "tickets@example.org"


@attrs.define(eq=False)
class Workers:
    """Processes of ``ticketcore worker``."""

    installation: Installation
    _log: Path
    _processes: list[Forked] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def start(self) -> None:
        """Start one more."""
        with self._log.open("ab") as log, self._lock:
            worker = forked.start(("worker",), self.installation.environment, log.fileno(), log.fileno())
            self._processes.append(worker)

    def kill_one(self) -> None:
        """Kill the oldest as a power cut would, and start another."""
        with self._lock:
            victim = self._processes.pop(0)
        victim.kill()
        victim.wait(PATIENCE_SECONDS)
        self.start()

    def stop(self) -> list[int]:
        """Ask all to end and answer their exit codes."""
        with self._lock:
            for process in self._processes:
                process.send_signal(signal.SIGTERM)
            return [process.wait(PATIENCE_SECONDS) for process in self._processes]

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(PATIENCE_SECONDS)


@attrs.frozen(eq=False)
class Stack:
    """Everything that runs."""

    installation: Installation
    service: Service
    workers: Workers
    redis: RedisServer
    aws: Aws
    aws_faults: AwsFaults
    postgres_url: str

    @contextmanager
    def without_postgres(self) -> Iterator[None]:
        """Stop the database for as long as the context lasts."""
        with postgres.stopped(self.postgres_url):
            yield

    def flush_redis(self) -> None:
        """Let Redis forget everything."""
        with Redis.from_url(self.redis.url) as client:
            client.flushall()

    def drift(self, event_id: str) -> int | None:
        """Return by how much the counter differs from the ledger, or ``None`` if there is no counter."""
        shown = self.installation.ask("stock", "show", event_id)
        return None if shown["counter"] is None else int(shown["drift"])

    def is_quiet(self, event_id: str) -> bool:
        """Whether no place is held any more, and no message and no mail is left to be worked off."""
        with self.installation.opened() as assembly:
            ports = assembly.ports
            audit = ports.events.audit(EventId(event_id))
            depth = ports.payment_queue.depth(ports.clock.now())
            unsent = ports.outbox.pending(1)
            mails = ports.deliveries.backlog().pending
        assert audit is not None
        return not (audit.held or depth.waiting or depth.in_flight or depth.dead or unsent or mails)

    def make_mails_due(self) -> None:
        """Make time pass for the mails that failed or were in a killed worker's hands: they are due again."""
        with self.installation.opened() as assembly:
            ledger_state.end_leases(assembly)

    def redrive(self) -> int:
        """Redrive dead letters, as an operator would once the components work again, and return how many."""
        with self.installation.opened() as assembly:
            ports = assembly.ports
            return ports.payment_queue.redrive(ports.clock.now())


@contextmanager
def running_stack(directory: Path) -> Iterator[Stack]:
    """Yield a stack without any event; nothing of it is left afterwards."""
    with ExitStack() as parts:
        faults = AwsFaults()
        aws = parts.enter_context(running_aws(faults.around))
        parts.enter_context(aws_at(aws.url))
        aws.ses.create_email_identity(EmailIdentity=_SENDER)
        aws.forget_mails()
        redis = parts.enter_context(redis_servers.serve(any_program()))
        server_url = parts.enter_context(postgres.running_own_postgres())
        postgres_url = postgres.fresh_database(server_url)
        postgres.set_up(postgres_url)
        installation = Installation.on(postgres_url, directory).having(
            INVENTORY_URL=redis.url,
            QUEUE_URL=aws.new_queue(),
            FILES_URL=f"s3://{aws.new_bucket()}/shows",
            MAIL_URL=f"ses://{_SENDER}",
            HOLD_SECONDS=str(HOLD_SECONDS),
        )
        service = parts.enter_context(serving(installation, "--workers", "2"))
        workers = Workers(installation, directory / "workers.log")
        parts.callback(workers.kill)
        for _ in range(_WORKERS):
            workers.start()
        yield Stack(installation, service, workers, redis, aws, faults, postgres_url)

"""Workers and sweepers that are functions on AWS Lambda: the real handlers, called as SQS and a schedule call them."""

from __future__ import annotations

from typing import Any

import attrs

from tests.entrypoints.lambdas import SCHEDULE, Invocation, sqs_event, sqs_record
from ticketcore import BoxOffice
from ticketcore.application.sweeper import SweepReport
from ticketcore.application.worker import WorkReport
from ticketcore.domain import messages
from ticketcore.ports import Ids
from ticketcore_lambda import expiry, payments
from ticketcore_simulator import Faults, Parts, Scheduler, memory_parts


@attrs.frozen
class _Assembled:
    """All that these handlers ask of an assembly."""

    box_office: BoxOffice


@attrs.define(eq=False)
class LambdaOffice(BoxOffice):
    """Works and sweeps through the handlers."""

    def work(self, limit: int = 10) -> WorkReport:
        deliveries = list(self.ports.payment_queue.receive(limit, self.ports.clock.now()))
        if not deliveries:
            return WorkReport(0, ())
        records = [sqs_record(messages.write(delivery.order_id)) for delivery in deliveries]
        answer = payments.handler(self._assembled)(sqs_event(*records), Invocation())
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = [each for each, record in zip(deliveries, records, strict=True) if record["messageId"] not in failed]
        for delivery in done:
            self.ports.payment_queue.done(delivery)
        return WorkReport(len(done), ())

    def sweep(self) -> SweepReport:
        report = expiry.handler(self._assembled)(SCHEDULE, Invocation())
        return SweepReport(report["expired"], report["published"], ())

    @property
    def _assembled(self) -> Any:
        return _Assembled(BoxOffice(self.ports, self.hold))


def lambda_parts(scheduler: Scheduler, faults: Faults, ids: Ids) -> Parts:
    """Answer the memory parts, to be served by functions."""
    return attrs.evolve(memory_parts(scheduler, faults, ids), box_office=LambdaOffice)

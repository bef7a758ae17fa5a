"""Workers and sweepers on AWS Lambda: the real handlers, called as SQS and a schedule call them."""

from __future__ import annotations

from typing import Any

import attrs

from ticketcore import BoxOffice, Mapper, Organiser
from ticketcore.application.reports import WorkReport
from ticketcore.application.sweeper import SweepReport
from ticketcore.domain import messages
from ticketcore.ports import Ids
from ticketcore_lambda import expiry, payments
from ticketcore_simulator import Components, Faults, Scheduler, memory_components
from ticketcore_testing.aws import SCHEDULE, Invocation, sqs_event, sqs_record

_BATCH = 10


@attrs.frozen
class _Assembled:
    """The part of an assembly that these handlers use."""

    box_office: BoxOffice
    organiser: Organiser


class LambdaOffice(BoxOffice):
    """Processes messages and sweeps through the handlers."""

    def work(self, mapper: Mapper | None = None) -> WorkReport:
        received = list(self.ports.payment_queue.receive(_BATCH, self.ports.clock.now()))
        if not received:
            return WorkReport(0, ())
        records = [sqs_record(messages.write(message.order_id)) for message in received]
        response = payments.handler(self._assembled)(sqs_event(*records), Invocation())
        failed = {failure["itemIdentifier"] for failure in response["batchItemFailures"]}
        done = [each for each, record in zip(received, records, strict=True) if record["messageId"] not in failed]
        for message in done:
            self.ports.payment_queue.done([message])
        return WorkReport(len(done), ())

    def sweep(self) -> SweepReport:
        report = expiry.handler(self._assembled)(SCHEDULE, Invocation())
        return SweepReport(report["expired"], report["published"], ())

    @property
    def _assembled(self) -> Any:
        return _Assembled(BoxOffice(self.ports, self.hold), Organiser(self.ports))


def lambda_components(scheduler: Scheduler, faults: Faults, ids: Ids) -> Components:
    """Return the memory components, served by the handlers."""
    return attrs.evolve(memory_components(scheduler, faults, ids), box_office=LambdaOffice)

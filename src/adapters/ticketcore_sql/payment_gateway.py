"""The simulated payment gateway, with a memory that outlives the process.

Its table stands for another company's books, so it has transactions of its own and shares none with an order's.
"""

from __future__ import annotations

import attrs
from sqlalchemy import Connection, select, update

from ticketcore.domain import payment_tokens
from ticketcore.domain.errors import GatewayUnavailable
from ticketcore.domain.payment_tokens import Answer
from ticketcore.domain.payments import Attempt
from ticketcore.ports import Approved, Declined, PaymentGateway
from ticketcore_sql.database import Database, insert_once
from ticketcore_sql.tables import simulated_charges as charges


@attrs.define(eq=False)
class SqlPaymentGateway(PaymentGateway):
    _database: Database

    def charge(self, attempt: Attempt) -> Approved | Declined:
        answer, tries = self._database.write(lambda connection: _charge(connection, attempt))
        if answer is Answer.NO_ANSWER:
            raise GatewayUnavailable(f"no answer at try {tries}")
        return Approved() if answer is Answer.APPROVED else Declined()

    def refund(self, attempt: Attempt) -> None:
        charged = (charges.c.attempt_id == attempt.id) & (charges.c.answer == Answer.APPROVED.value)
        statement = update(charges).where(charged).values(refunded=True)
        self._database.write_one(lambda connection: connection.execute(statement))


def _charge(connection: Connection, attempt: Attempt) -> tuple[Answer, int]:
    amount = {"amount": attempt.amount.minor, "currency": attempt.amount.currency}
    insert_once(connection, charges, attempt_id=attempt.id, tries=0, refunded=False, **amount)
    this = charges.c.attempt_id == attempt.id
    row = connection.execute(select(charges).where(this).with_for_update()).one()
    if row.answer is not None:
        return Answer(row.answer), row.tries
    tries = row.tries + 1
    answer = payment_tokens.answer(attempt.token, tries)
    final = None if answer is Answer.NO_ANSWER else answer.value
    connection.execute(update(charges).where(this).values(tries=tries, answer=final))
    return answer, tries

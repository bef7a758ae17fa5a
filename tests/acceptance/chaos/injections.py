"""What is done to the stack during a sale; each answers in words what it did."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis

from tests.acceptance.chaos.stack import Stack

Injection = Callable[[Stack, Callable[[], bool]], str]


def calm(_stack: Stack, _selling: Callable[[], bool]) -> str:
    """Nothing."""
    return "nothing"


def redis_flushed(stack: Stack, selling: Callable[[], bool]) -> str:
    """Redis forgets everything, again and again."""
    times = 0
    with Redis.from_url(stack.redis.url) as client:
        while selling():
            client.flushall()
            times += 1
            time.sleep(0.3)
    return f"FLUSHALL {times} times"


def redis_killed(stack: Stack, _selling: Callable[[], bool]) -> str:
    """Redis is killed and comes back empty."""
    time.sleep(1)
    stack.redis.kill()
    time.sleep(3)
    stack.redis.start()
    return "Redis killed, back empty after 3 s"


def redis_set_back(stack: Stack, selling: Callable[[], bool]) -> str:
    """Redis shows what it held a second ago, as a replica does that was promoted late."""
    times = 0
    with Redis.from_url(stack.redis.url) as client:
        while selling():
            old = {key: client.dump(key) for key in client.keys("event:*")}
            time.sleep(1)
            for key, content in old.items():
                if content is not None:
                    client.restore(key, 60_000, content, replace=True)
            times += 1
    return f"counters set back by a second {times} times"


def postgres_stopped(stack: Stack, _selling: Callable[[], bool]) -> str:
    """The database is stopped for three seconds."""
    time.sleep(1)
    with stack.without_postgres():
        time.sleep(3)
    return "Postgres stopped for 3 s"


def workers_killed(stack: Stack, selling: Callable[[], bool]) -> str:
    """Workers die without a word at any moment."""
    times = 0
    while selling():
        time.sleep(0.9)
        stack.workers.kill_one()
        times += 1
    return f"a worker killed {times} times"


def messages_twice(stack: Stack, selling: Callable[[], bool]) -> str:
    """SQS delivers everything twice and out of order."""
    stack.aws_faults.twice = True
    while selling():
        time.sleep(0.1)
    stack.aws_faults.twice = False
    return "every message published twice, in reverse, and received in any order"


def files_and_mail_fail(stack: Stack, selling: Callable[[], bool]) -> str:
    """S3 and SES fail three times in a row, retries of the library included, again and again."""
    while selling():
        for service in ("s3", "ses"):
            stack.aws_faults.failing[service] += 3 * TRIES
        time.sleep(2)
    return "S3 and SES refuse three puts and three mails every two seconds"


def everything(stack: Stack, _selling: Callable[[], bool]) -> str:
    """All of it, one after the other, while messages come twice."""
    stack.aws_faults.twice = True
    done = [
        inject(stack, _for_a_while())
        for inject in (
            redis_flushed,
            files_and_mail_fail,
            redis_killed,
            postgres_stopped,
            workers_killed,
            redis_set_back,
        )
    ]
    stack.aws_faults.twice = False
    return "; ".join(done)


def _for_a_while() -> Callable[[], bool]:
    until = time.monotonic() + 3
    return lambda: time.monotonic() < until


#: How often the AWS library tries a call by itself.
TRIES = 3

INJECTIONS: dict[str, Injection] = {
    each.__name__.replace("_", " "): each
    for each in (
        calm,
        redis_flushed,
        redis_killed,
        redis_set_back,
        postgres_stopped,
        workers_killed,
        messages_twice,
        files_and_mail_fail,
        everything,
    )
}

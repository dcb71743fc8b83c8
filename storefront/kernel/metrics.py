"""What the shop counts, for `/metrics`. Labels take few values, all ours: never what somebody sent.

Counters are of this process since its start; a gauge is set when it is asked for.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
ProcessCollector(registry=REGISTRY)


def _counter(name: str, told: str, *labels: str) -> Counter:
    return Counter(f"pindan_{name}", told, labels, registry=REGISTRY)


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    return Gauge(f"pindan_{name}", told, labels, registry=REGISTRY)


def _histogram(name: str, told: str, *labels: str) -> Histogram:
    return Histogram(f"pindan_{name}", told, labels, registry=REGISTRY, buckets=_SECONDS)


UPDATES = _counter(
    "updates", "Updates: taken, handled, refused, failed (a try), aside (given up).", "channel", "outcome"
)
UPDATE_SECONDS = _histogram("update_seconds", "From claiming an update to its commit.", "channel")
LETTERS = _counter("outbox", "Messages: sent, retried, dead.", "channel", "outcome")
ORDER_STEPS = _counter("order_steps", "Orders that came to a state.", "state")
REFUND_STEPS = _counter("refund_steps", "Refunds that came to a state.", "state")
HTTP = _counter("http_requests", "Answers by route and status.", "route", "status")
HTTP_SECONDS = _histogram("http_request_seconds", "Time to answer; streams and sockets are left out.", "route")
DATABASE_RETRIES = _counter("database_retries", "Transactions done again after a deadlock or serialization failure.")
JOB_RUNS = _counter("job_runs", "Runs of a job in this process: done, failed.", "job", "outcome")
JOB_SECONDS = _gauge("job_last_seconds", "How long the last run of a job in this process took.", "job")

JOB_LAST = _gauge("job_last_run_timestamp_seconds", "When a job was last begun, by any replica.", "job")
JOB_LATE = _gauge("job_late_seconds", "How long a job is overdue.", "job")
INBOX_WAITING = _gauge("inbox_waiting", "Updates that wait to be handled.", "channel")
INBOX_LATE = _gauge("inbox_late_seconds", "Age of the oldest update that waits.", "channel")
OUTBOX_WAITING = _gauge("outbox_waiting", "Messages that wait to leave.", "channel")
OUTBOX_LATE = _gauge("outbox_late_seconds", "For how long a message could have left and did not.", "channel")
INBOX_ASIDE = _gauge("inbox_aside", "Updates put aside that the office has not decided about.")
OUTBOX_DEAD = _gauge("outbox_dead", "Dead letters that the office has not decided about.")
REFUNDS_OPEN = _gauge("refunds_open", "Refunds on their way (intended, sent) or to be paid by hand (desk).", "state")


def text() -> bytes:
    """All of it, as Prometheus reads it."""
    return generate_latest(REGISTRY)

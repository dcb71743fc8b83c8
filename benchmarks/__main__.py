"""`python -m benchmarks [importing|orders|groups|answering|replicas|verifying|cases|idling] ...`: all of them, or some."""

import asyncio
import sys

from benchmarks import answering, cases, groups, idling, importing, orders, replicas, verifying
from shop import logs

_ALL = {
    "importing": importing.measure,
    "orders": orders.measure,
    "groups": groups.measure,
    "answering": answering.measure,
    "replicas": replicas.measure,
    "verifying": verifying.measure,
    "cases": cases.measure,
    "idling": idling.measure,
}


def main(names: list[str]) -> None:
    """Measure what was asked for, one after the other."""
    logs.to_stderr("WARNING")
    for name in names or _ALL:
        asyncio.run(_ALL[name]())


if __name__ == "__main__":
    main(sys.argv[1:])

"""`python -m benchmarks [importing|orders|answering|idling] ...`: all of them, or some."""

import asyncio
import sys

from benchmarks import answering, idling, importing, orders

_ALL = {
    "importing": importing.measure,
    "orders": orders.measure,
    "answering": answering.measure,
    "idling": idling.measure,
}


def main(names: list[str]) -> None:
    """Measure what was asked for, one after the other."""
    for name in names or _ALL:
        asyncio.run(_ALL[name]())


if __name__ == "__main__":
    main(sys.argv[1:])

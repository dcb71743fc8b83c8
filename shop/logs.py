"""What the operator reads on stderr."""

import logging
import sys

import structlog


def to_stderr(level: str) -> None:
    """Log lines from this level on, with plain tracebacks.

    structlog's own ones show the variables of every frame: tokens and addresses would lie in the log, and the shop would
    stand still for as long as it takes to draw them.
    """
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    *before, _ = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*before, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )

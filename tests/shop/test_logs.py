"""What is logged, as text and as JSON, and what never is."""

import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest
import structlog

from shop import logs
from storefront.kernel import requests

TOKEN = "123456789:AAFabcdefghijklmnopqrstuvwxyz_-01234"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What follows has another stderr."""
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"https://api.telegram.org/bot{TOKEN}/getMe", "https://api.telegram.org/bot(token)/getMe"),
        ("card 4242 4242 4242 4242 please", "card (card) please"),
        ("4242-4242-4242-4242", "(card)"),
        ("5555555555554444", "(card)"),
        ("order 4242424242424241", "order 4242424242424241"),
        ("at 1764230400000", "at 1764230400000"),
        ("postgres://shop:sesame@db/shop", "postgres://(secret)@db/shop"),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer (secret)"),
        ('duplicate key "phone"\nDETAIL:  Key (phone)=(+86138) already exists.', 'duplicate key "phone"'),
        (12345678901234567890, 12345678901234567890),
    ],
)
def test_the_last_net_masks_what_looks_like_a_secret(said: object, written: object) -> None:
    event = logs.masked(None, "", {"event": "x", "told": {"deep": [said]}})

    assert event == {"event": "x", "told": {"deep": [written]}}


def test_json_lines_bear_level_time_and_request_and_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr("INFO", "json")
    with requests.bound("trace_1-abcdef"):
        structlog.get_logger().info("order.paid", order=7, token=TOKEN, half="\ud83d")
        logging.getLogger("aiohttp.server").error("Error handling request from %s", "203.0.113.9")

    ours, library = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {name: ours[name] for name in ("event", "level", "order", "request", "token")} == {
        "event": "order.paid",
        "level": "info",
        "order": 7,
        "request": "trace_1-abcdef",
        "token": "(token)",
    }
    assert ours["timestamp"].endswith("Z")
    assert (library["logger"], library["level"], library["request"]) == ("aiohttp.server", "error", "trace_1-abcdef")
    assert "203.0.113.9" not in str(library)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_says_where_and_why_and_never_what_was_typed(
    capsys: pytest.CaptureFixture[str], form: logs.Format
) -> None:
    logs.to_stderr("INFO", form)
    typed = "Peace Road 7"  # the line that fails is written as it stands in the code
    try:
        try:
            int(typed)
        except ValueError as error:
            raise asyncpg.UniqueViolationError('duplicate key "phone"') from error
    except asyncpg.PostgresError:
        structlog.get_logger().exception("update.crashed")

    written = capsys.readouterr().err
    assert "Peace Road" not in written
    assert "builtins.ValueError: (what was given is not logged)" in written
    assert "duplicate key" in written
    assert "test_logs.py" in written


def test_a_crash_that_refers_to_itself_and_a_group_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr("INFO")
    inner = LookupError("no paper")
    group = ExceptionGroup("two", [inner, OSError("no ink")])
    inner.__cause__ = group

    structlog.get_logger().error("job.crashed", exc_info=group)

    written = capsys.readouterr().err
    assert "no paper" in written
    assert "no ink" in written

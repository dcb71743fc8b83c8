"""Signing, trying again, and where events may go."""

import base64
import hashlib
import hmac

import pytest

from storefront.kernel import clock
from storefront.partners import rules
from storefront.partners.rules import Grant, WrongAddress


def test_an_event_is_signed_as_the_standard_webhooks_scheme_says() -> None:
    signed = rules.signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp_s=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_sign() -> None:
    old, new = (rules.SECRET_PREFIX + base64.b64encode(word * 8).decode() for word in (b"old!", b"new!"))

    signed = rules.signature([new, old], webhook_id="evt_1", timestamp_s=5, body=b"{}").split(" ")

    for one, key in zip(signed, (b"new!" * 8, b"old!" * 8), strict=True):
        assert one == "v1," + base64.b64encode(hmac.digest(key, b"evt_1.5.{}", hashlib.sha256)).decode()


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        (Grant("two words", "C-1", 5, "card"), "key"),
        (Grant("", "C-1", 5, "card"), "key"),
        (Grant("k" * 81, "C-1", 5, "card"), "key"),
        (Grant("nul\x00", "C-1", 5, "card"), "key"),
        (Grant("\ud800", "C-1", 5, "card"), "key"),
        (Grant("k", "C-1", 0, "card"), "points"),
        (Grant("k", "C-1", 10**30, "card"), "points"),
        (Grant("k", "C-1", 5, "\u200b \n\ud800"), "cause"),
    ],
)
def test_a_grant_without_its_form_says_where(grant: Grant, reason: str) -> None:
    assert (rules.malformed(grant) or "").startswith(reason)


def test_an_event_is_tried_for_three_days_and_then_given_up() -> None:
    waits = [rules.try_again_ms(attempts) for attempts in range(1, 11)]

    assert waits[-1] is None
    assert all(waits[:-1])
    assert 2 * clock.DAY < sum(wait or 0 for wait in waits) < 4 * clock.DAY


@pytest.mark.parametrize("url", ["https://bank.example/hook", "https://10.1.2.3:8443/hook", "https://[fd00::1]/hook"])
def test_events_go_over_https_also_inside_a_banks_own_network(url: str) -> None:
    assert rules.checked_address(url, to_loopback=False) == url


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "http://localhost/hook", "http://[::1]:9/hook"])
def test_events_go_to_this_machine_only_when_the_operator_allows_it(url: str) -> None:
    assert rules.checked_address(url, to_loopback=True) == url
    with pytest.raises(WrongAddress):
        rules.checked_address(url, to_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/hook",
        "http://10.1.2.3/hook",
        "https://127.0.0.1/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/hook",
        "https://user:word@bank.example/hook",
        "https://bank.example/hook#part",
        "https:///hook",
        "https://bank.example:99999/hook",
        "https://[::1/hook",
        "ftp://bank.example/hook",
        "file:///etc/passwd",
        "bank.example",
        "https://bank.example/" + "x" * 500,
    ],
)
def test_events_go_nowhere_else(url: str) -> None:
    with pytest.raises(WrongAddress):
        rules.checked_address(url, to_loopback=True)

"""How points are earned, set and shown at the command line."""

import json
from pathlib import Path

import pytest

from tests.shop.conftest import Pindan

RULES = [
    {"code": "base", "kind": "purchase", "rate": 1},
    {
        "code": "new year",
        "kind": "purchase",
        "multiplier": 200,
        "category": "produce",
        "merchant": "green-farm",
        "starts_at": "2027-01-01T00:00:00+08:00",
        "ends_at": "2027-01-08T00:00:00+08:00",
    },
    {"code": "shared", "kind": "share", "rate": 2, "daily_cap": 500},
    {"code": "week", "kind": "check_in", "points": 30, "every": 7, "daily_cap": 30},
]


def test_rules_are_replaced_by_a_file_and_printed_as_such_a_file(pindan: Pindan, migrated: Path) -> None:
    file = migrated / "rules.json"
    file.write_text(json.dumps(RULES))

    first = pindan("points", "rules", str(file))
    file.write_text(first.stdout)
    second = pindan("points", "rules", str(file))

    assert pindan("points", "rules").stdout == first.stdout == second.stdout
    told = json.loads(first.stdout)
    assert [rule["code"] for rule in told] == ["base", "new year", "shared", "week"]
    assert told[1]["merchant"] == "green-farm"
    assert told[1]["starts_at"] == "2026-12-31T16:00:00+00:00"
    assert told[0] == RULES[0]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"code": "a", "kind": "gift", "points": 1}, "0.kind"),
        ({"code": "a", "kind": "review"}, "review pays `points`"),
        ({"code": "a", "kind": "purchase", "points": 5}, "a purchase earns by `rate`"),
        ({"code": "a", "kind": "share", "points": 5}, "a share earns by `rate`"),
        ({"code": "a", "kind": "review", "points": -1}, "0.points"),
        ({"code": "a", "kind": "review", "points": 1, "every": 2}, "`every` is for check-ins"),
        ({"code": "a", "kind": "review", "points": 1, "starts_at": "2027-01-01"}, "0.starts_at"),
        ({"code": "a", "kind": "review", "points": 1, "bonus": 2}, "0.bonus"),
        (
            {"code": "a", "kind": "review", "points": 1, "merchant": "kiln"},
            "category and merchant are for purchases and shares",
        ),
        ({"code": "base", "kind": "review", "points": 1}, "each code stands once: base"),
    ],
)
def test_a_wrong_rule_is_named_and_nothing_is_replaced(
    pindan: Pindan, migrated: Path, rule: dict[str, object], told: str
) -> None:
    file = migrated / "rules.json"
    file.write_text(json.dumps(RULES))
    pindan("points", "rules", str(file))
    file.write_text(json.dumps([rule, RULES[0]]))

    refused = pindan("points", "rules", str(file))

    assert refused.exit_code == 2
    assert told in refused.stderr
    assert len(json.loads(pindan("points", "rules").stdout)) == len(RULES)

"""The earning rules in a file of JSON: read with each mistake named, written so that reading makes the same of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from storefront import merchants
from storefront.kernel import operator_files
from storefront.points import EarnRule

Whole = Annotated[int, Field(ge=1, le=1_000_000_000)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, max_length=40)
    kind: Literal["purchase", "share", "check_in", "first_order", "review", "friend", "birthday"]
    points: Whole | None = None
    rate: Whole | None = None
    multiplier: int = Field(100, ge=100, le=10_000)
    category: str = Field("", max_length=200)
    merchant: str = Field("", max_length=merchants.CODE_MAX)
    every: int = Field(1, ge=1, le=366)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    daily_cap: Whole | None = None

    @model_validator(mode="after")
    def _says_what_it_pays(self) -> "_Rule":
        if self.kind in ("purchase", "share"):
            if self.points is not None or (self.rate is None and self.multiplier == 100):
                raise ValueError(f"a {self.kind} earns by `rate`, or has a `multiplier` above 100; it has no `points`")
        elif self.points is None or self.rate is not None or self.multiplier != 100 or self.category or self.merchant:
            raise ValueError(
                f"{self.kind} pays `points`; rate, multiplier, category and merchant are for purchases and shares"
            )
        if self.every != 1 and self.kind != "check_in":
            raise ValueError("`every` is for check-ins")
        return self


def _each_once(rules: list[_Rule]) -> list[_Rule]:
    operator_files.each_once([rule.code for rule in rules])
    return rules


_FILE: TypeAdapter[list[_Rule]] = TypeAdapter(Annotated[list[_Rule], AfterValidator(_each_once)])


def read(file: Path) -> list[EarnRule]:
    """The rules of a file. Raises pydantic's ValidationError, which says where."""
    return [
        EarnRule(**{**rule.model_dump(), "starts_at": _ms(rule.starts_at), "ends_at": _ms(rule.ends_at)})
        for rule in _FILE.validate_json(file.read_bytes())
    ]


def written(rules: Sequence[EarnRule]) -> str:
    """The rules as such a file."""
    plain = EarnRule("", "")
    told = []
    for rule in rules:
        row: dict[str, Any] = {name: value for name, value in asdict(rule).items() if value != getattr(plain, name)}
        for name in ("starts_at", "ends_at"):
            if name in row:
                row[name] = datetime.fromtimestamp(row[name] / 1000, UTC).isoformat()
        told.append(row)
    return json.dumps(told, ensure_ascii=False, indent=2)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)

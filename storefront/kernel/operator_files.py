"""Files of the operator: checked as a whole, each mistake told with its place, then taken in, or not at all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from storefront.kernel import clock

T = TypeVar("T", bound=BaseModel)

Code = Annotated[str, AfterValidator(str.upper), Field(pattern=r"^[A-Za-z0-9_-]{3,40}$")]


class BadFile(Exception):
    """The file was not taken; each line says where and why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Told(BaseModel):
    """What a file says; a name that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lasting(Told):
    """Something that begins and ends."""

    starts: datetime
    ends: datetime

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Lasting":
        if self.starts.replace(tzinfo=None) >= self.ends.replace(tzinfo=None):
            raise ValueError("ends comes after starts")
        return self

    def span(self, zone: ZoneInfo) -> tuple[int, int]:
        """When it begins and ends, in epoch ms; a time without an offset is the shop's."""
        return _at(self.starts, zone), _at(self.ends, zone)


def read(kind: type[T], text: str) -> T:
    """The file, checked. Raises BadFile."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        lines = [f"{_path(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()]
        raise BadFile(lines) from None


def each_once(codes: Sequence[str]) -> None:
    """Raises ValueError, with the codes that stand twice in a file."""
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"each code stands once: {', '.join(twice)}")


def _at(told: datetime, zone: ZoneInfo) -> int:
    return int((told if told.tzinfo is not None else told.replace(tzinfo=zone)).timestamp() * clock.SECOND)


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "the file"

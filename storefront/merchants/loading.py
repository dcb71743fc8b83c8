"""An operator's file of merchants: checked as a whole, then taken in; twice changes nothing."""

from pydantic import Field, field_validator

from storefront.kernel import db, operator_files
from storefront.kernel.operator_files import Told
from storefront.merchants.service import CODE_MAX, know


class MerchantTold(Told):
    """A merchant as the file has it; without a rate of its own, the one of the shop's settings counts."""

    code: str = Field(min_length=1, max_length=CODE_MAX)
    name: str | None = Field(None, min_length=1, max_length=200)
    commission_basis_points: int | None = Field(None, ge=0, le=10_000)


class MerchantsTold(Told):
    """The file. Merchants that it does not name stay as they are."""

    merchants: list[MerchantTold]

    @field_validator("merchants")
    @classmethod
    def _each_once(cls, told: list[MerchantTold]) -> list[MerchantTold]:
        operator_files.each_once([one.code for one in told])
        return told


def read(text: str) -> MerchantsTold:
    """The file, checked. Raises BadFile."""
    return operator_files.read(MerchantsTold, text)


@db.transaction
async def load(*, told: MerchantsTold) -> None:
    """Have these merchants, known by their codes, at these rates; what was ordered before keeps the rate of its day."""
    for one in told.merchants:
        await know(code=one.code, name=one.name)
        await db.execute(
            "UPDATE merchant SET commission_basis_points = ? WHERE code = ?", one.commission_basis_points, one.code
        )

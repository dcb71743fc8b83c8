"""Tortoise's models on our connections: in our transactions, and safe when cancelled."""

import asyncio
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from storefront.kernel import db
from tests.kernel.models import Purse
from tests.support.cancelling import cancelled_at


async def test_models_are_made_found_changed_and_removed(purses: str) -> None:
    mei = await Purse.create(owner="Mei", amount=5)
    changed = await Purse.filter(id=mei.id, amount__gte=3).update(amount=F("amount") - 3)
    refused = await Purse.filter(id=mei.id, amount__gte=3).update(amount=F("amount") - 3)
    found = await Purse.get(owner="Mei")
    await found.delete()

    assert (mei.id, changed, refused, found.amount) == (3, 1, 0, 2)
    assert await Purse.all().count() == 2


async def test_models_and_statements_share_the_transaction(purses: str) -> None:
    with pytest.raises(LookupError):
        async with db.tx():
            mei = await Purse.create(owner="Mei", amount=5)
            await Purse.bulk_create([Purse(owner="Li", amount=1), Purse(owner="Wang", amount=1)])
            inside = await db.rows("SELECT id FROM purse WHERE owner = ?", "Mei")
            assert inside == [{"id": mei.id}]
            raise LookupError

    assert sorted(await Purse.all().values_list("owner", flat=True)) == ["Ann", "Bob"]


async def test_tortoises_own_transactions_are_ours(purses: str) -> None:
    with pytest.raises(LookupError):
        async with in_transaction():
            await db.execute("UPDATE purse SET amount = 0")
            raise LookupError

    assert await Purse.filter(amount=100).count() == 2


async def test_get_or_create_goes_on_after_somebody_was_faster(purses: str) -> None:
    made = await asyncio.gather(*(Purse.get_or_create({"amount": 1}, owner="Mei") for _ in range(8)))
    async with db.tx():
        again, new = await Purse.get_or_create({"amount": 1}, owner="Mei")

    assert [new for _, new in made].count(True) == 1
    assert (again.owner, new) == ("Mei", False)


async def test_a_double_is_an_integrity_error(purses: str) -> None:
    with pytest.raises(IntegrityError):
        await Purse.create(owner="Ann", amount=1)


async def test_pages_read_what_was_committed_and_wait_for_nobody(sqlite_purses_url: str) -> None:
    await db.connect(sqlite_purses_url, models=["tests.kernel.models"])
    await Purse.create(owner="Ann", amount=100)

    async with db.tx():
        await Purse.all().update(amount=1)
        page = await Purse.all().using_db(db.reader()).values_list("amount", flat=True)

    assert page == [100]
    await db.disconnect()


async def test_a_task_started_inside_a_transaction_may_not_use_the_models_in_it(purses: str) -> None:
    async with db.tx():
        meddling = asyncio.create_task(Purse.create(owner="Mei", amount=5))
        await asyncio.wait([meddling])

    assert isinstance(meddling.exception(), RuntimeError)
    assert await Purse.all().count() == 2


async def test_cancelled_at_any_step_the_models_stay_usable(purses: str) -> None:
    async def pay() -> None:
        async with in_transaction():
            await Purse.filter(owner="Ann").update(amount=F("amount") - 1)
            await Purse.filter(owner="Bob").update(amount=F("amount") + 1)

    step, reached = 0, True
    while reached:
        step += 1
        reached, _ = await cancelled_at(step, pay())
        assert sum(await Purse.all().values_list("amount", flat=True)) == 200

    assert (await Purse.get(owner="Ann")).amount < 100


async def test_tortoises_stock_engine_hangs_when_cancelled_which_is_why_there_is_ours(tmp_path: Path) -> None:
    async with TortoiseContext() as context:
        await context.init(db_url=f"sqlite://{tmp_path / 'stock.sqlite3'}", modules={"shop": ["tests.kernel.models"]})
        client = context.db()
        await client.execute_query("SELECT 1")

        async def enter() -> None:
            async with client._in_transaction():
                pass

        await cancelled_at(1, enter())

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.execute_query("SELECT 1"), 0.5)

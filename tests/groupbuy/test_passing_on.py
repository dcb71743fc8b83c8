"""What customers pass on: groups that wait for somebody, and prices for buying together."""

from storefront import catalog, groupbuy
from storefront.kernel import clock
from tests.groupbuy.groups import DAY, campaign, joined, opened, sat
from tests.support.market import Market, customer, stocked


async def test_she_is_shown_her_own_groups_and_those_that_strangers_may_join(market: Market) -> None:
    rice, tea, _ham = [await stocked(sku, 50) for sku in ("rice", "tea", "ham")]
    with clock.driven() as time:
        for_all, among_friends = await campaign("rice"), await campaign("tea", strangers=False)
        almost = await opened(market.ann, for_all)
        await joined(await customer("Li", 3), almost)
        mine, hidden = await opened(market.bob, for_all), await opened(market.ann, among_friends)
        full = await opened(await customer("Mei", 4), await campaign("ham", size=2))
        await sat(await customer("Max", 5), full)
        rice_item = (await catalog.variant(rice)).item_id
        tea_item = (await catalog.variant(tea)).item_id

        async def shown(person_id: int, items: list[int] | None = None) -> list[int]:
            return [group.id for group in await groupbuy.open_now(person_id=person_id, item_ids=items)]

        stranger, bob, ann = await shown(0), await shown(market.bob), await shown(market.ann)
        of_tea = [await shown(market.ann, [tea_item]), await shown(0, [tea_item]), await shown(0, [])]
        time.forward(DAY)

        assert stranger == [almost.id, mine.id]
        assert bob == [mine.id, almost.id]
        assert ann == [almost.id, hidden.id, mine.id]
        assert of_tea == [[hidden.id], [], []]
        assert await shown(market.ann, [rice_item, tea_item]) == [], "their time is up"


async def test_an_item_is_told_with_its_best_price_together(market: Market) -> None:
    rice, tea = await stocked("rice"), await stocked("tea")
    await campaign("rice")
    items = [(await catalog.variant(variant)).item_id for variant in (rice, tea)]

    found = await groupbuy.campaigns_of(items)

    assert {item: told.price.minor for item, told in found.items()} == {items[0]: 3990}
    assert await groupbuy.campaigns_of([]) == {}

"""Who calls: keys that are shown once, kept hashed, limited by scopes, and revocable."""

import pytest

from storefront import partners
from storefront.kernel import clock, db
from storefront.kernel.errors import NotFound
from storefront.partners import NameTaken, Scope, WrongKey
from tests.support.market import Market


async def used(prefix: str) -> int | None:
    return next(key.used_at for key in await partners.keys() if key.prefix == prefix)


async def test_a_key_opens_what_its_scopes_say_and_is_kept_only_as_a_hash(market: Market) -> None:
    key = await partners.add(name="Bank", scopes=[Scope.GRANT])

    caller = await partners.identify(key)

    assert caller.scopes == {Scope.GRANT}
    assert caller.partner_id == (await partners.find("Bank")).id
    assert len(key) >= 43 + len("pk_12345678_")
    kept = await db.rows("SELECT prefix, key_hash FROM partner_key")
    assert kept[0]["prefix"] in key
    assert kept[0]["key_hash"] not in key
    assert key.rpartition("_")[2] not in str(kept)


async def test_what_is_not_quite_the_key_or_none_at_all_opens_nothing(market: Market) -> None:
    key = await partners.add(name="Bank", scopes=list(Scope))

    close = [key[:-1], key + "a", "pk_22222222_" + key[12:], key.upper()]
    none = ["", "pk", "pk__", "pk_\ud800_x", "pk_\x00_x", "pk_é_x", "_" * 5000]
    for wrong in close + none:
        with pytest.raises(WrongKey):
            await partners.identify(wrong)


async def test_a_revoked_key_opens_nothing_and_the_new_one_does(market: Market) -> None:
    old = await partners.add(name="Bank", scopes=[Scope.GRANT])
    new = await partners.add_key(name="Bank", scopes=[Scope.GRANT, Scope.READ])

    await partners.revoke(prefix=old.split("_")[1])

    with pytest.raises(WrongKey):
        await partners.identify(old)
    assert (await partners.identify(new)).scopes == {Scope.GRANT, Scope.READ}
    with pytest.raises(NotFound):
        await partners.revoke(prefix=old.split("_")[1])


async def test_that_a_key_was_used_is_noted_once_a_minute(market: Market) -> None:
    key = await partners.add(name="Bank", scopes=[Scope.GRANT])
    prefix = key.split("_")[1]

    with clock.driven() as time:
        began = time.at
        await partners.identify(key)
        time.forward(59 * clock.SECOND)
        await partners.identify(key)
        assert await used(prefix) == began

        time.forward(clock.SECOND)
        await partners.identify(key)
        assert await used(prefix) == began + clock.MINUTE


async def test_two_partners_have_two_names(market: Market) -> None:
    await partners.add(name="Bank", scopes=[])

    with pytest.raises(NameTaken):
        await partners.add(name="Bank", scopes=[])

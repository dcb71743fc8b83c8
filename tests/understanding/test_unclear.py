"""What was not understood waits for the office, of nobody in particular."""

import pytest

from storefront import messaging
from storefront.kernel.errors import NotFound


async def test_what_was_not_understood_is_kept_once_labelled_and_learnt_from(database: str) -> None:
    for text in ("flurb", "the thing", "the thing"):
        await messaging.keep_unclear(text=text, language="en", guess="help")

    first, second = await messaging.unlabelled(10)
    await messaging.label_unclear(unclear_id=first.id, intent="order_status")
    await messaging.keep_unclear(text="the thing", language="en", guess="help")

    assert [(one.text, one.times) for one in (first, second)] == [("the thing", 2), ("flurb", 1)]
    assert [one.text for one in await messaging.unlabelled(10)] == ["flurb"]
    assert await messaging.labelled() == [("the thing", "order_status")]
    with pytest.raises(NotFound):
        await messaging.label_unclear(unclear_id=999, intent="help")

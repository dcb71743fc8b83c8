"""People who pass links on and come by them."""

from storefront import sharing
from storefront.sharing import Came
from tests.support.market import customer


async def shared(person_id: int, to: str = sharing.SHOP) -> str:
    """The code of her link."""
    return (await sharing.link(person_id=person_id, to=to)).code


async def came_by(sharer_id: int, person_id: int, to: str = sharing.SHOP) -> bool:
    """Somebody comes into the chat by her link; whether the sharer brought somebody new."""
    return await sharing.touched(code=await shared(sharer_id, to), person_id=person_id) is not None


async def what_came(person_id: int) -> Came:
    """What the shop says that came of her links."""
    return await sharing.what_came(person_id)


async def mei() -> int:
    """A third customer."""
    return await customer("Mei", 3)

"""The page that a group's link leads to outside the chat, and the picture that a preview of the link shows."""

import asyncio

from aiohttp import ETag, web

from storefront import catalog, files, groupbuy, sharing
from storefront.groupbuy import Group
from storefront.kernel import posters
from storefront.kernel.texts import Texts, local, pick
from storefront.web import languages
from storefront.web import sharing as shared
from storefront.web.languages import SETTINGS
from storefront.web.pages import TELEGRAM, major, page


async def show(request: web.Request) -> web.Response:
    """What is bought together, for how much, who is missing, and the two ways in. Raises NotFound."""
    group = await groupbuy.by_code(request.match_info["code"])
    variant = await catalog.any_variant(group.campaign.variant_id)
    near = [] if group.free else await groupbuy.near_full(variant_id=variant.id)
    texts = Texts(languages.reader(request))
    address = f"{request.app[SETTINGS].address}/g/{group.code}"
    response = page(
        request,
        "group",
        group=group,
        variant=variant,
        near=near,
        telegram=request.app[TELEGRAM](),
        start=shared.into_chat(request, sharing.group(group.code)),
        further=shared.further(request),
        address=address,
        picture=f"{address}.jpg?lang={texts.language}&v={_version(group)}",
        picture_here=f"/g/{group.code}.jpg?lang={texts.language}&v={_version(group)}",
        described={
            "@context": "https://schema.org",
            "@type": "Product",
            "name": pick(variant.names, texts.language),
            "image": f"{address}.jpg",
            "offers": {
                "@type": "Offer",
                "url": address,
                "price": major(group.price),
                "priceCurrency": group.price.currency,
                "availability": f"https://schema.org/{'InStock' if group.free else 'SoldOut'}",
                "priceValidUntil": local(group.ends_at).isoformat(timespec="seconds"),
                "eligibleQuantity": {"@type": "QuantitativeValue", "minValue": group.needed},
            },
        },
    )
    await shared.count(request, response)
    return response


async def picture(request: web.Request) -> web.Response:
    """How many have joined, drawn now; a browser that has this very state keeps it. Raises NotFound."""
    group = await groupbuy.by_code(request.match_info["code"])
    texts = Texts(languages.reader(request))
    name = f"{_version(group)}-{texts.language}"
    headers = {"Cache-Control": "public, no-cache", "Vary": "Accept-Language, Cookie"}
    if any(tag.value == name for tag in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=await _draw(group, texts), content_type="image/jpeg", headers=headers)
    response.etag = ETag(name)
    return response


async def _draw(group: Group, texts: Texts) -> bytes:
    variant = await catalog.any_variant(group.campaign.variant_id)
    told = groupbuy.pictured(group, variant, texts)
    photo = await files.seen(await catalog.photo_of(variant.item_id))
    return await asyncio.to_thread(posters.joined, told, photo=photo, right_to_left=texts.right_to_left)


def _version(group: Group) -> str:
    return f"{group.state}-{group.paid}-{group.size}"

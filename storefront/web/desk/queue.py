"""The queue: which cases wait, the most urgent first, and what is found among them."""

import asyncio

from aiohttp import web

from storefront import staff, support
from storefront.kernel import clock, db
from storefront.kernel.texts import LANGUAGES
from storefront.web.desk import words
from storefront.web.desk.shell import COOKIE, Desk, page, posted, signed_in, text_of

_PRESENT_MS = 90 * clock.SECOND
_BEAT_S = 20.0
# A page looks again at most so often, however much happens.
_CALM_S = 1.0


async def _show(request: web.Request, desk: Desk) -> web.Response:
    await _be_here(desk)
    text = request.query.get("q", "").strip()
    view = request.query.get("view", "mine")
    if view not in support.VIEWS:
        raise web.HTTPNotFound
    tag, language = request.query.get("tag") or None, request.query.get("language") or None
    cases = await (
        support.search(text)
        if text
        else support.queue(view=view, staff_id=desk.staff.id, after=_after(request), tag=tag, language=language)
    )
    counts = await support.counts(desk.staff.id)
    return page(
        *(request, "queue", desk),
        view="" if text else view,
        views=[(name, words.view(desk.texts, name), counts.get(name)) for name in support.VIEWS],
        cases=cases,
        text=text,
        tag=tag,
        chosen_language=language,
        trouble=await support.group_trouble() if desk.staff.leads else None,
        more=len(cases) == support.PER_PAGE and not text,
        reason=lambda case: words.reason(desk.texts, case.reason),
        state=lambda case: words.state(desk.texts, case.state),
    )


async def _live(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Tells an open page whenever something happened to a case; as long as it listens, she is here."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    try:
        while await staff.session(request.cookies.get(COOKIE, "")) is not None:
            await _be_here(desk)
            await db.wait(support.CHANGED, _BEAT_S)
            await response.write(b"event: cases\ndata: look\n\n")
            await asyncio.sleep(_CALM_S)
    except (ConnectionResetError, asyncio.CancelledError):
        pass
    return response


async def _away(request: web.Request, desk: Desk) -> web.Response:
    """She takes a pause: no case is given to her until she looks at a page again."""
    await staff.be_present(staff_id=desk.staff.id, until=0)
    return page(request, "away", desk)


async def _replies(request: web.Request, desk: Desk) -> web.Response:
    return page(request, "replies", desk, replies=await support.replies(), gaps=support.GAPS)


async def _save_reply(request: web.Request, desk: Desk) -> web.StreamResponse:
    form = await request.post()
    await support.save_reply(
        staff_id=desk.staff.id,
        code=text_of(form, "code"),
        texts={language: text_of(form, f"text_{language}") for language in LANGUAGES},
        tag=text_of(form, "tag"),
        then_state=text_of(form, "then_state") or None,
    )
    raise web.HTTPSeeOther("/desk/replies")


async def _be_here(desk: Desk) -> None:
    await staff.be_present(staff_id=desk.staff.id, until=clock.now() + _PRESENT_MS)


def _after(request: web.Request) -> tuple[int, int] | None:
    at, _, number = request.query.get("after", "").partition("-")
    return (int(at), int(number)) if at.isdigit() and number.isdigit() and len(at + number) < 36 else None


show, live = signed_in(_show), signed_in(_live)
away = posted(_away)
replies, save_reply = signed_in(_replies, leads=True), posted(_save_reply, leads=True)

"""A case: what was said, what it is about, and what is done about it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiohttp import web
from babel.numbers import get_currency_precision

from storefront import audit, files, fulfilment, orders, payments, people, staff, support
from storefront.kernel import clock, ids
from storefront.kernel.errors import NotFound, Refusal
from storefront.kernel.money import Money
from storefront.web.desk import words
from storefront.web.desk.shell import Desk, number_of, page, posted, signed_in, text_of

_SNOOZES = {"hour": clock.HOUR, "day": clock.DAY, "week": 7 * clock.DAY}


@dataclass(frozen=True)
class Preview:
    """What a decision would do: how many pieces of which lines, or a sum; what she gets. `kind`: pieces or sum.

    `unread`: what was typed as money is no amount. `merchants`: what each would be owed less.
    """

    kind: str
    pieces: Mapping[int, int]
    points: int
    money: Money
    left_points: int
    left: Money
    key: str
    unread: bool
    merchants: Mapping[str, Money]

    @property
    def anything(self) -> bool:
        """Whether she gets anything."""
        return bool(self.points or self.money.minor or (self.kind == "pieces" and self.pieces))


async def _show(request: web.Request, desk: Desk) -> web.Response:
    return await _page(request, desk)


async def _page(request: web.Request, desk: Desk, *, problem: str = "", typed: str = "") -> web.Response:
    case = await _case(request)
    if case.merged_into is not None:
        raise web.HTTPSeeOther(f"/desk/cases/{case.merged_into}")
    await audit.seen(actor=desk.staff.actor, subject=f"person:{case.person_id}")
    await support.view(staff_id=desk.staff.id, case_id=case.id, typing=False)
    customer = await people.find(case.person_id)
    others = [other for other in await support.mine(person_id=case.person_id) if other.id != case.id]
    names = {one.id: one.name for one in await staff.all_here()}
    decisions = [(one, words.decision(desk.texts, one.kind, one.state)) for one in await support.decisions(case.id)]
    facts: dict[str, Any] = {
        "case": case,
        "customer": customer,
        "messages": await support.messages(case.id),
        "decisions": decisions,
        "returns": {one.id: await support.return_of(one.id) for one, _ in decisions if one.state == "returning"},
        "stuck": await payments.at_desk(case.about.id) if case.about is not None else [],
        "own_words": support.OWN_WORDS,
        "parcels": await fulfilment.parcels(case.about.id) if case.about is not None else [],
        "parcel_states": fulfilment.STATES,
        "in_parts": _in_parts(case),
        "standing": await support.standing(case.person_id),
        "others": others,
        "names": names,
        "tags": await support.tags(case.id),
        "viewers": await support.viewers(case.id, desk.staff.id),
        "replies": [(one, support.written(one, case, customer, desk.staff)) for one in await support.replies()],
        "preview": await _preview(request, case),
        "reason": words.reason(desk.texts, case.reason),
        "wish": words.wish(desk.texts, case.wanted),
        "state": words.state(desk.texts, case.state),
        "order_state": desk.texts.gettext(orders.STATES[case.about.state]) if case.about is not None else "",
        "open": case.state in support.OPEN,
        "key": ids.key(),
        "problem": problem,
        "typed": typed,
    }
    return page(request, "case", desk, status=409 if problem else 200, **facts)


async def _preview_only(request: web.Request, desk: Desk) -> web.Response:
    case = await _case(request)
    preview = await _preview(request, case)
    return page(request, "preview", desk, case=case, preview=preview, in_parts=_in_parts(case))


async def _typing(request: web.Request, desk: Desk) -> web.Response:
    await support.view(staff_id=desk.staff.id, case_id=_number(request), typing=True)
    return web.Response(status=204)


async def _photo(request: web.Request, desk: Desk) -> web.Response:
    """A photo of a case: for those who work here, and for nobody else."""
    if not await support.is_evidence(request.match_info["hash"]):
        raise NotFound
    file = await files.content(request.match_info["hash"])
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=file.content, content_type=file.mime, headers=headers)


async def _act(request: web.Request, desk: Desk) -> web.StreamResponse:
    act = _ACTS.get(request.match_info["act"])
    if act is None:
        raise web.HTTPNotFound
    form = await request.post()
    try:
        to = await act(desk, await _case(request), form)
    except NotFound:
        raise
    except Refusal as refusal:
        # What she typed is not lost.
        return await _page(request, desk, problem=desk.texts.refusal(refusal), typed=text_of(form, "text"))
    raise web.HTTPSeeOther(to or f"/desk/cases/{_number(request)}")


async def _claim(desk: Desk, case: support.Case, form: Any) -> None:
    await support.claim(staff_id=desk.staff.id, case_id=case.id)


async def _release(desk: Desk, case: support.Case, form: Any) -> None:
    await support.release(staff_id=desk.staff.id, case_id=case.id)


async def _hand_over(desk: Desk, case: support.Case, form: Any) -> None:
    await support.hand_over(staff_id=desk.staff.id, case_id=case.id, to_staff_id=number_of(form, "to") or 0)


async def _escalate(desk: Desk, case: support.Case, form: Any) -> None:
    await support.escalate(case_id=case.id, actor=desk.staff.actor, cause="handed to a lead")


async def _answer(desk: Desk, case: support.Case, form: Any) -> str | None:
    reply = next((one for one in await support.replies() if one.code == text_of(form, "reply")), None)
    key, text = text_of(form, "key"), text_of(form, "text")
    if reply is not None and reply.tag:
        await support.tag(staff_id=desk.staff.id, case_id=case.id, tag=reply.tag)
    then = text_of(form, "then") or (reply.then_state if reply is not None else "") or ""
    photos = await _uploaded(form)
    wish: dict[str, Any] = {"staff_id": desk.staff.id, "case_id": case.id, "key": key}
    if then == "note":
        await support.note(**wish, text=text, photos=photos)
    elif then == "closed" and not photos:
        await support.close(**wish, text=text)
    else:
        await support.answer(**wish, text=text, photos=photos, waits=then == "waiting")
        if then == "closed":
            await support.close(**wish, text="")
    return None


async def _correct(desk: Desk, case: support.Case, form: Any) -> None:
    await support.correct(
        staff_id=desk.staff.id, message_id=number_of(form, "message") or 0, text=text_of(form, "text")
    )


async def _give(desk: Desk, case: support.Case, form: Any) -> None:
    mine: dict[str, Any] = {"staff_id": desk.staff.id, "case_id": case.id, "key": text_of(form, "key")}
    pieces, how = _pieces(form), text_of(form, "how")
    shown = (number_of(form, "shown_points") or 0, number_of(form, "shown_minor") or 0)
    if how == "replace":
        await support.replace(**mine, pieces=pieces)
    elif text_of(form, "kind") == "sum":
        await support.give_sum(**mine, points=shown[0], money_minor=shown[1])
    else:
        await support.refund(
            **mine,
            pieces=pieces,
            shown=shown,
            restock=how == "restock",
            goods_first=how == "goods_first",
            here=how == "here",
        )


async def _refuse(desk: Desk, case: support.Case, form: Any) -> None:
    await support.refuse(staff_id=desk.staff.id, case_id=case.id, text=text_of(form, "text"), key=text_of(form, "key"))


async def _approve(desk: Desk, case: support.Case, form: Any) -> None:
    await support.approve(staff_id=desk.staff.id, decision_id=await _decision_of(case, form))


async def _decline(desk: Desk, case: support.Case, form: Any) -> None:
    await support.decline(
        staff_id=desk.staff.id,
        decision_id=await _decision_of(case, form),
        text=text_of(form, "text"),
        key=text_of(form, "key"),
    )


async def _inspect(desk: Desk, case: support.Case, form: Any) -> None:
    await support.inspected(
        staff_id=desk.staff.id,
        decision_id=await _decision_of(case, form),
        pieces=_pieces(form),
        restock=text_of(form, "restock") == "yes",
        text=text_of(form, "text"),
        key=text_of(form, "key"),
    )


async def _snooze(desk: Desk, case: support.Case, form: Any) -> str:
    pause = _SNOOZES.get(text_of(form, "until"))
    until = clock.now() + pause if pause is not None else None
    await support.snooze(staff_id=desk.staff.id, case_id=case.id, until=until)
    return "/desk"


async def _merge(desk: Desk, case: support.Case, form: Any) -> str:
    into = await support.merge(staff_id=desk.staff.id, case_id=case.id, into_id=number_of(form, "into") or 0)
    return f"/desk/cases/{into.id}"


async def _reopen(desk: Desk, case: support.Case, form: Any) -> str:
    return f"/desk/cases/{(await support.reopen(staff_id=desk.staff.id, case_id=case.id)).id}"


async def _tag(desk: Desk, case: support.Case, form: Any) -> None:
    off = text_of(form, "off") == "yes"
    await support.tag(staff_id=desk.staff.id, case_id=case.id, tag=text_of(form, "tag"), on=not off)


async def _pay_by_hand(desk: Desk, case: support.Case, form: Any) -> None:
    await support.paid_by_hand(
        staff_id=desk.staff.id,
        case_id=case.id,
        refund_id=number_of(form, "refund") or 0,
        reference=text_of(form, "reference"),
    )


_ACTS: Mapping[str, Callable[[Desk, support.Case, Any], Awaitable[str | None]]] = {
    "claim": _claim,
    "release": _release,
    "hand-over": _hand_over,
    "escalate": _escalate,
    "answer": _answer,
    "correct": _correct,
    "give": _give,
    "refuse": _refuse,
    "approve": _approve,
    "decline": _decline,
    "inspect": _inspect,
    "pay-by-hand": _pay_by_hand,
    "snooze": _snooze,
    "merge": _merge,
    "reopen": _reopen,
    "tag": _tag,
}


async def _arrived(request: web.Request, desk: Desk) -> web.StreamResponse:
    """Goods have come: their code leads to their case."""
    form = await request.post()
    case = await support.arrived(staff_id=desk.staff.id, code=text_of(form, "code"))
    raise web.HTTPSeeOther(f"/desk/cases/{case.id}")


def _in_parts(case: support.Case) -> bool:
    """Whether some of its order has left, and some is here still."""
    return case.about is not None and bool(support.gone(case.about) and support.here(case.about))


async def _case(request: web.Request) -> support.Case:
    case = await support.case(_number(request))
    if case.state == "draft":
        raise NotFound
    return case


def _number(request: web.Request) -> int:
    return int(request.match_info["case"])


async def _decision_of(case: support.Case, form: Any) -> int:
    # Found through the case: the form of one is not sent for another.
    found = await support.decision(number_of(form, "decision") or 0)
    if found.case_id != case.id:
        raise NotFound
    return found.id


def _pieces(form: Any) -> dict[int, int]:
    told = {int(name[5:]): number_of(form, name) or 0 for name in form if name[:5] == "line_" and name[5:].isdigit()}
    return {line_id: pieces for line_id, pieces in told.items() if pieces}


async def _preview(request: web.Request, case: support.Case) -> Preview | None:
    """What the editor's fields come to; before anything is chosen, what she asked for."""
    order = case.about
    refusal = support.why_no_case(order) if order is not None else None
    if order is None or not (refusal is None or isinstance(refusal, support.InGroup)):
        return None
    asked = request.query
    left_points, left = await payments.left_of(order.id)
    free = support.all_left(order)
    wanted = _pieces(asked) if any(name.startswith("line_") for name in asked) else dict(case.pieces)
    if refusal is not None:
        # Out of an open group she goes whole.
        wanted = free
    pieces = {line_id: min(n, free[line_id]) for line_id, n in wanted.items() if line_id in free}
    points, money = await payments.quote(order_id=order.id, pieces=pieces) if pieces else (0, Money(0, left.currency))
    percent = min(number_of(asked, "percent") or 100, 100)
    own_points, own_minor = number_of(asked, "points"), _minor(text_of(asked, "money"), left.currency)
    unread = bool(text_of(asked, "money").strip()) and own_minor is None
    if own_points is not None or own_minor is not None or percent < 100:
        points = own_points if own_points is not None else points * percent // 100 if own_minor is None else 0
        minor = own_minor if own_minor is not None else money.minor * percent // 100 if own_points is None else 0
        sums = min(points, left_points), Money(min(minor, left.minor), left.currency)
        borne = await payments.borne_by(order_id=order.id, pieces={}, money_minor=sums[1].minor)
        return Preview("sum", pieces, *sums, left_points, left, ids.key(), unread, borne)
    borne = await payments.borne_by(order_id=order.id, pieces=pieces, money_minor=money.minor)
    return Preview("pieces", pieces, points, money, left_points, left, ids.key(), unread, borne)


def _minor(told: str, currency: str) -> int | None:
    """46.90 or 46,90 in minor units; None when it is no amount."""
    try:
        minor = Decimal(told.strip().replace(",", ".")) * 10 ** get_currency_precision(currency)
    except ArithmeticError:
        return None
    return int(minor) if minor.is_finite() and 0 <= minor < 10**15 else None


async def _uploaded(form: Any) -> list[str]:
    kept = []
    for field in form.getall("photo", []):
        if isinstance(field, web.FileField):
            content = await asyncio.to_thread(field.file.read, files.PHOTO_BYTES_MAX + 1)
            if content:
                clean = await asyncio.to_thread(files.clean_photo, content)
                kept.append(await files.keep(content=clean, mime="image/jpeg", private=True))
    return kept


show, preview, photo = signed_in(_show), signed_in(_preview_only), signed_in(_photo)
act, typing, arrived = posted(_act), posted(_typing), posted(_arrived)

"""A visitor is known by her signed cookie; what is hers nobody else can read, guess or do."""

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from tests.webchat.conftest import SECRET, Guest, House, Photo
from webchat import BotIdentity, Webchat

HEADERS = {"X-Webchat": "1"}


def cookie_of(guest: Guest) -> str:
    (cookie,) = guest.session.cookie_jar
    return cookie.value


async def history_as(house: House, cookie: str | bytes) -> int:
    value = cookie if isinstance(cookie, str) else cookie.decode("utf-8", "surrogateescape")
    async with house.session.get(
        f"{house.page}/chat/history", headers={"Cookie": f"pindan_visitor={value}"}
    ) as response:
        return response.status


async def test_a_visitor_is_known_by_a_cookie_that_scripts_cannot_read(house: House) -> None:
    async with house.session.get(f"{house.page}/chat/") as plain:
        cookie = plain.cookies["pindan_visitor"]
    house.session.cookie_jar.clear()
    async with house.session.get(f"{house.page}/chat/", headers={"X-Forwarded-Proto": "https"}) as secure:
        over_tls = secure.cookies["pindan_visitor"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/chat")
    assert int(cookie["max-age"]) == 400 * 24 * 3600
    assert (bool(cookie["secure"]), bool(over_tls["secure"])) == (False, True)


async def test_two_visitors_have_two_numbers_in_the_reserved_range(house: House, ann: Guest, bob: Guest) -> None:
    assert ann.id != bob.id
    assert min(ann.id, bob.id) > 2**51


async def test_a_forged_or_changed_cookie_is_a_stranger(house: House, ann: Guest, bob: Guest) -> None:
    number, _, signature = cookie_of(ann).partition(".")
    other = cookie_of(bob).partition(".")[0]
    forged = [
        "", number, f"{number}.", f"{other}.{signature}", f"0{number}.{signature}", f"{number}.{signature[:-1]}",
        f"{number}.{signature.upper()}x", f"-{number}.{signature}", f"{'9' * 40}.{signature}", f"١.{signature}",
        b"1.\xff\xfe", f"{number}.é",
    ]  # fmt: skip

    assert await history_as(house, cookie_of(ann)) == 200
    assert [await history_as(house, cookie) for cookie in forged] == [401] * len(forged)


async def test_a_cookie_signed_with_another_secret_is_a_stranger(house: House, ann: Guest, tmp_path: Any) -> None:
    bot = BotIdentity(id=7, token="7:x", username="x_bot", name="x")
    languages = ("en",)
    other = await Webchat.open(
        database=f"sqlite:///{tmp_path}/other.sqlite3", secret=SECRET[::-1], bot=bot,
        translate=lambda _, text: text, languages=languages,
    )  # fmt: skip
    runner = web.AppRunner(other.page)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with house.session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as response:
        cookie = response.cookies["pindan_visitor"].value
    await runner.cleanup()
    await other.close()

    assert cookie.partition(".")[0] == cookie_of(ann).partition(".")[0]
    assert await history_as(house, cookie) == 401


async def test_bob_reads_nothing_of_anns(house: House, ann: Guest, bob: Guest, photo: Photo) -> None:
    await ann.done("send", text="my address is South Street 1")
    _, sent = await ann.upload(photo())
    file = sent["messages"][0]["photo"][0]["file_id"]

    assert await bob.history() == []
    statuses = []
    for guest in (ann, bob):
        async with guest.session.get(f"{house.page}/chat/file/{file}") as response:
            statuses.append(response.status)
    assert statuses == [200, 404]
    assert (await bob.wish("send", forward=1))[0] == 404
    bobs = await bob.done("send", text="hello", reply_to=1)
    assert "reply_to_message" not in bobs["message"]


async def test_a_press_on_another_chats_button_is_refused(house: House, ann: Guest, bob: Guest) -> None:
    markup = {"inline_keyboard": [[{"text": "Approve", "callback_data": "approve:42"}]]}
    card = await house.says(ann, "Approve?", reply_markup=markup)
    await house.says(bob, "Hello")

    assert (await bob.wish("press", message_id=card["message_id"], data="approve:42"))[0] == 409
    assert await house.does("getUpdates") == []


async def test_the_same_photo_of_two_visitors_is_seen_by_each(
    house: House, ann: Guest, bob: Guest, photo: Photo
) -> None:
    for guest in (ann, bob):
        _, sent = await guest.upload(photo())
        async with guest.session.get(
            f"{house.page}/chat/file/{sent['messages'][0]['photo'][0]['file_id']}"
        ) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    "path", ["file/..%2f..%2fschema.sql", "static/..%2f..%2fstore.py", "static/../../store.py", "file/%00"]
)
async def test_no_path_leads_out_of_the_page(house: House, ann: Guest, path: str) -> None:
    async with ann.session.get(URL(f"{house.page}/chat/{path}", encoded=True)) as response:
        assert response.status in (403, 404)


async def test_a_page_of_another_site_can_wish_nothing(house: House, ann: Guest) -> None:
    wish = {"client_id": "a" * 8, "text": "buy"}
    for headers in (
        {"X-Webchat": ""}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://[1"},
        {"Origin": f"{house.page}.evil.example"},
    ):  # fmt: skip
        for path in ("send", "press", "pay", "name", "language", "block", "reset", "upload"):
            async with ann.session.post(f"{house.page}/chat/{path}", json=wish, headers=headers) as response:
                assert response.status == 403, (headers, path)
    async with ann.session.post(f"{house.page}/chat/send", json=wish, headers={"Origin": house.page}) as response:
        assert response.status == 200

    assert len(await ann.history()) == 1
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await ann.session.ws_connect(f"{house.page}/chat/events", headers={"Origin": "https://evil.example"})


async def test_no_script_and_no_frame_of_others_runs_in_the_page(house: House) -> None:
    async with house.session.get(f"{house.page}/chat/") as response:
        policy = response.headers["Content-Security-Policy"]

        assert "script-src 'self'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe-inline" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_document_is_saved_and_never_opened_in_the_page(house: House, ann: Guest) -> None:
    page = b"<script>alert(1)</script>"
    form = aiohttp.FormData({"chat_id": str(ann.id)})
    form.add_field("document", page, filename='a".html', content_type="text/html")
    async with house.session.post(f"{house.api}/bot7:test/sendDocument", data=form) as response:
        document = (await response.json())["result"]["document"]

    async with ann.session.get(f"{house.page}/chat/file/{document['file_id']}") as response:
        assert response.headers["Content-Disposition"] == "attachment"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_forgetting_her_on_this_device_begins_anew(house: House, ann: Guest) -> None:
    await ann.done("send", text="rice")
    old = ann.id
    await ann.done("reset")

    async with ann.session.get(f"{house.page}/chat/") as response:
        assert response.status == 200
    told = await ann.told("history")
    assert told["me"]["id"] != old
    assert told["messages"] == []


async def test_without_a_cookie_nothing_is_told(house: House) -> None:
    async with aiohttp.ClientSession(headers=HEADERS) as stranger:
        for path in ("history", "events", "invoice/aaaaaaaaaaaa", "file/aaaa"):
            async with stranger.get(f"{house.page}/chat/{path}") as response:
                assert response.status == 401
        async with stranger.post(f"{house.page}/chat/send", json={"client_id": "a" * 8, "text": "x"}) as response:
            assert response.status == 401

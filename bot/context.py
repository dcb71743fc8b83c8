"""Who speaks, and how we answer: the context every handler is given."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot
from telegram.ext import Application, CallbackContext, ExtBot

from bot.buttons import Keyboard, Press
from bot.render import render
from storefront import messaging
from storefront.kernel.settings import Settings
from storefront.kernel.texts import Texts
from storefront.people import Person

TOAST_MAX = 200
# The number of who asks in another chat and has never been in this one: nothing is kept of her.
STRANGER = 0


@dataclass(frozen=True)
class House:
    """What handlers know of the shop they stand in; `channel` is `telegram` or `webchat`, `inline`: asked from other chats.

    `desk_group`: where its agents talk about cases, by its number.
    """

    settings: Settings
    channel: str
    share_address: str
    inline: bool = False
    desk_group: int | None = None


@dataclass
class Answer:
    """What the presser is told in a toast, or in an alert that waits for OK."""

    text: str = ""
    alert: bool = False


@dataclass
class Turn:
    """One update being handled: by whom, where, and what is to be answered after the commit.

    `card_id`: the card that `show` changes where none was pressed, once; `shown_id`: the one it showed last.
    """

    bot: Bot
    house: House
    chat_id: int
    person: Person
    key: str
    message_id: int | None = None
    card_id: int | None = None
    shown_id: int | None = None
    press: Press | None = None
    answer: Answer = field(default_factory=Answer)
    error: BaseException | None = None


turn_now: ContextVar[Turn] = ContextVar("turn_now")


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """A handler's way to the person who speaks and to what we say back."""

    @property
    def turn(self) -> Turn:
        """The update being handled."""
        return turn_now.get()

    @property
    def person(self) -> Person:
        """Who speaks."""
        return self.turn.person

    @property
    def house(self) -> House:
        """The shop we stand in."""
        return self.turn.house

    @property
    def texts(self) -> Texts:
        """Her language."""
        return Texts(self.person.language)

    @property
    def key(self) -> str:
        """A key for what this update asks for: the same when it is handled again."""
        return self.turn.key

    @property
    def press(self) -> Press:
        """The button she pressed."""
        assert self.turn.press is not None, "not a press"
        return self.turn.press

    async def say(
        self,
        template: str,
        *,
        keyboard: Keyboard = (),
        picture: dict[str, Any] | None = None,
        reply: list[list[dict[str, Any]]] | str | None = None,
        key: str | None = None,
        **facts: Any,
    ) -> int | None:
        """Say something new, once per `key`; returns its card. `reply` is a reply keyboard, or `remove` to take one away."""
        payload = self._payload(template, keyboard, picture, facts)
        if reply is not None:
            payload["reply"] = reply
        return await self._say(template, payload, key)

    async def show(
        self, template: str, *, keyboard: Keyboard = (), picture: dict[str, Any] | None = None, **facts: Any
    ) -> None:
        """Change the card whose button was pressed; without one, say it."""
        await self.show_card(template, self._payload(template, keyboard, picture, facts))

    async def show_card(self, kind: str, payload: dict[str, Any]) -> int | None:
        """As `show`, with a message that is written already; returns its card."""
        turn = self.turn
        card, turn.card_id = turn.card_id, None
        if turn.press is not None and turn.message_id is not None:
            card = await messaging.card_of(bot_id=self.bot.id, chat_id=turn.chat_id, message_id=turn.message_id)
        if card is None:
            turn.shown_id = await self._say(kind, payload)
            return turn.shown_id
        turn.shown_id = card
        await messaging.change(
            card_id=card,
            bot_id=self.bot.id,
            chat_id=turn.chat_id,
            person_id=self.person.id,
            kind=kind,
            payload=payload,
        )
        return card

    def toast(self, text: str, *, alert: bool = False) -> None:
        """Tell the presser something that leaves no message; cut at Telegram's 200 characters."""
        self.turn.answer = Answer(text[:TOAST_MAX], alert)

    async def ask(self, name: str, step: str, **data: Any) -> None:
        """Take the next thing she types as the answer to this step of this dialogue."""
        await messaging.ask(bot_id=self.bot.id, chat_id=self.turn.chat_id, name=name, step=step, data=data)

    async def end_dialogue(self) -> None:
        """Take what she types as something to search for again."""
        await messaging.end(bot_id=self.bot.id, chat_id=self.turn.chat_id)

    async def leave_dialogue(self) -> None:
        """She turned to something else than what she was asked: our keyboard in the place of her own goes away too."""
        left = await messaging.end(bot_id=self.bot.id, chat_id=self.turn.chat_id)
        if left is not None and left.data.get("has_keyboard"):
            await self.say("menu/left", reply="remove")

    async def _say(self, kind: str, payload: dict[str, Any], key: str | None = None) -> int | None:
        return await messaging.say(
            bot_id=self.bot.id,
            chat_id=self.turn.chat_id,
            person_id=self.person.id,
            kind=kind,
            payload=payload,
            key=key,
        )

    def _payload(
        self, template: str, keyboard: Keyboard, picture: dict[str, Any] | None, facts: dict[str, Any]
    ) -> dict[str, Any]:
        payload: dict[str, Any] = {"text": render(template, self.texts, person=self.person, house=self.house, **facts)}
        if keyboard:
            payload["keyboard"] = [list(row) for row in keyboard if row]
        if picture is not None:
            payload["picture"] = picture
        return payload


ShopApplication = Application[ExtBot[None], Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], None]

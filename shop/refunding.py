"""How money goes back, by provider; a provider without a way makes a task for the desk."""

from collections.abc import Mapping

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from shop.bots import Telegram
from storefront import payments


def refunders(*, webchat_api: str | None, telegram: Telegram | None) -> Mapping[str, payments.Refunder]:
    """The refunders of an open shop. Telegram's payment providers have none: the Bot API gives back only Stars."""
    known = {}
    if webchat_api is not None:
        known["demo"] = payments.demo_refunder(webchat_api)
    if telegram is not None:
        known["stars"] = payments.stars_refunder(telegram.bot_id, _give_stars_back(telegram.application.bot))
    return known


def _give_stars_back(bot: Bot) -> payments.GiveBack:
    async def give_back(user_id: int, charge_id: str) -> str | None:
        try:
            # Telegram may not have answered yet since the shop opened.
            await bot.initialize()
            await bot.refund_star_payment(user_id, charge_id)
        except BadRequest as error:
            # Asked a second time, after an answer that never came.
            return None if "CHARGE_ALREADY_REFUNDED" in str(error).upper() else str(error)
        except TelegramError as error:
            return str(error)
        return None

    return give_back

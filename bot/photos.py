"""Photos that are sent with a case: fetched from the channel, cleaned and kept, after what was said was kept."""

import asyncio
from functools import partial

from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.errands import Errands
from bot.request import call
from storefront import files, support


async def fetch(bot: Bot, file_id: str) -> bytes:
    """A photo's content, from the channel. Raises NotAPhoto for what is too large, TelegramError."""
    told = await call(bot, "getFile", {"file_id": file_id})
    if int(told.get("file_size") or 0) > files.PHOTO_BYTES_MAX:
        raise files.NotAPhoto
    # The address bears the token: it is asked for and never shown.
    return await bot.request.retrieve(f"{bot.base_file_url}/{told['file_path']}")


class Photos(Errands[support.WantedPhoto]):
    """Fetches what was sent to one bot. Two replicas may fetch one photo: it is kept once."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        due = partial(support.photos_wanted, bot_id=bot.id)
        super().__init__("photos", bot.id, due=due, do=self._fetch, wake=support.PHOTOS)

    async def _fetch(self, photo: support.WantedPhoto) -> None:
        try:
            clean = await asyncio.to_thread(files.clean_photo, await fetch(self._bot, photo.file_id))
        except files.NotAPhoto:
            await support.photo_missing(photo=photo, error="not a photo", again=False)
        except BadRequest as error:
            await support.photo_missing(photo=photo, error=str(error), again=False)
        except TelegramError as error:
            await support.photo_missing(photo=photo, error=str(error))
        else:
            await support.photo_fetched(photo=photo, content=clean)

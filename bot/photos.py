"""Photos that are sent with a case: fetched from the channel, cleaned and kept, after what was said was kept."""

import asyncio

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.request import call
from storefront import files, support
from storefront.kernel import db

log = structlog.get_logger()

_IDLE_S = 5.0


async def fetch(bot: Bot, file_id: str) -> bytes:
    """A photo's content, from the channel. Raises NotAPhoto for what is too large, TelegramError."""
    told = await call(bot, "getFile", {"file_id": file_id})
    if int(told.get("file_size") or 0) > files.PHOTO_BYTES_MAX:
        raise files.NotAPhoto
    # The address bears the token: it is asked for and never shown.
    return await bot.request.retrieve(f"{bot.base_file_url}/{told['file_path']}")


class Photos:
    """Fetches what was sent to one bot. Two replicas may fetch one photo: it is kept once."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fetch."""
        self._task = asyncio.create_task(self._run(), name=f"photos {self._bot.id}")

    async def stop(self) -> None:
        """Leave; what is wanted is fetched at the next start."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                photos = await support.photos_wanted(bot_id=self._bot.id)
                for photo in photos:
                    await self._fetch(photo)
                if not photos:
                    await db.wait(support.PHOTOS, _IDLE_S)
            except Exception:
                log.exception("photos.crashed", bot=self._bot.id)
                await asyncio.sleep(1)

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

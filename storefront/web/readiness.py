"""Whether the shop does what it is there for: each part with its verdict and its number."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from storefront import jobs, messaging
from storefront.kernel import clock, db
from storefront.web.languages import SETTINGS
from storefront.web.watching import BOTS

log = structlog.get_logger()

INBOX_LATE_MS = clock.MINUTE
OUTBOX_LATE_MS = 10 * clock.MINUTE
JOB_LATE_MS = 5 * clock.MINUTE
DISK_FREE_MIN_MB = 256
_PATIENCE_S = 2.0
# Whoever asks oftener is told the same: each look writes a row.
_KEPT_S = 1.0

Part = dict[str, Any]


def check(ready: Callable[[], bool]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """200 when every part does, else 503; the parts in JSON. Dead letters are told, and keep nothing from being ready."""
    looking = asyncio.Lock()
    running: dict[str, asyncio.Task[Part]] = {}
    told: dict[str, Part] = {}
    told_at = -_KEPT_S

    async def readyz(request: web.Request) -> web.Response:
        nonlocal told, told_at
        async with looking:
            if time.monotonic() - told_at >= _KEPT_S:
                told = await _look(request.app, running)
                told_at = time.monotonic()
            parts = {"open": {"ok": ready()}, **told}
        is_ready = all(part["ok"] for part in parts.values())
        return web.json_response(
            {"ready": is_ready, "parts": parts},
            status=200 if is_ready else 503,
            headers={"Cache-Control": "no-store"},
        )

    return readyz


async def _look(app: web.Application, running: dict[str, asyncio.Task[Part]]) -> dict[str, Part]:
    bots = list(app[BOTS]())
    looks: dict[str, Callable[[], Coroutine[Any, Any, Part]]] = {
        "database": _database,
        "migrations": _migrations,
        "inbox": partial(_inbox, bots),
        "outbox": partial(_outbox, bots),
        "jobs": _jobs,
        "disk": partial(_disk, app[SETTINGS].data_dir),
        "dead": _dead,
    }
    for name, part in looks.items():
        # A write that hangs in the disk cannot be called off: it is left to itself, and no second one is begun.
        if name not in running or running[name].done():
            running[name] = asyncio.create_task(part(), name=f"ready {name}")
    await asyncio.wait(running.values(), timeout=_PATIENCE_S)
    return {name: _verdict(name, running[name]) for name in looks}


def _verdict(name: str, look: asyncio.Task[Part]) -> Part:
    if not look.done():
        reason = "TimeoutError"
    elif (error := look.exception()) is None:
        return look.result()
    else:
        reason = type(error).__name__
    log.warning("ready.unknown", part=name, error=reason)
    return {"ok": False, "error": reason}


async def _database() -> Part:
    began = time.perf_counter()
    await db.execute(
        "INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", clock.now()
    )
    return {"ok": True, "write_ms": round((time.perf_counter() - began) * 1000)}


async def _migrations() -> Part:
    missing = await db.unapplied()
    return {"ok": not missing, "missing": len(missing)}


async def _inbox(bots: list[int]) -> Part:
    return _backlog([await messaging.inbox_waiting(bot) for bot in bots], INBOX_LATE_MS)


async def _outbox(bots: list[int]) -> Part:
    return _backlog([await messaging.outbox_waiting(bot) for bot in bots], OUTBOX_LATE_MS)


def _backlog(waiting: list[messaging.Waiting], late_ms_max: int) -> Part:
    late_ms = max((one.late_ms for one in waiting), default=0)
    return {
        "ok": late_ms <= late_ms_max,
        "waiting": sum(one.count for one in waiting),
        "late_s": late_ms // clock.SECOND,
    }


async def _jobs() -> Part:
    beats = await jobs.heartbeat()
    late = [beat.name for beat in beats if beat.late_ms > JOB_LATE_MS]
    return {"ok": not late, "late_s": max(beat.late_ms for beat in beats) // clock.SECOND, "late": late}


async def _disk(folder: Path) -> Part:
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free // 2**20
    return {"ok": free >= DISK_FREE_MIN_MB, "free_mb": free}


async def _dead() -> Part:
    updates, letters = await messaging.dead_counts()
    return {"ok": True, "updates": updates, "letters": letters}

"""Keyboards as Telegram accepts them."""

import re
from typing import Any
from urllib.parse import urlsplit

from webchat.errors import bad_request

_ACTIONS = {"url", "callback_data", "web_app", "login_url", "copy_text", "pay", "callback_game"}
_REFUSED = {"switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"}


def read(markup: Any) -> tuple[str, Any]:
    """(`inline`, keyboard), (`reply`, keyboard), (`remove`, None), (`force`, markup) or (`none`, None). Raises ApiError."""
    if not markup:
        return "none", None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [[_inline(button) for button in row] for row in _rows(markup["inline_keyboard"])]
        return "inline", {"inline_keyboard": rows} if rows else None
    if "keyboard" in markup:
        rows = [[_reply(button) for button in row] for row in _rows(markup["keyboard"])]
        if not rows:
            raise bad_request("reply keyboard is empty")
        return "reply", {**markup, "keyboard": rows}
    if markup.get("remove_keyboard"):
        return "remove", None
    if markup.get("force_reply"):
        return "force", {**markup, "keyboard": []}
    raise bad_request("can't parse reply markup JSON object")


def check_pay(keyboard: Any, *, invoice: bool) -> None:
    """A pay button stands first under an invoice and nowhere else. Raises ApiError."""
    buttons = [button for row in (keyboard or {}).get("inline_keyboard", []) for button in row]
    if any("pay" in button for button in buttons[1:]):
        raise bad_request("BUTTON_POS_INVALID")
    if buttons and "pay" in buttons[0] and not invoice:
        raise bad_request("BUTTON_TYPE_INVALID")
    if invoice and buttons and "pay" not in buttons[0]:
        raise bad_request("REPLY_MARKUP_BUY_EMPTY")


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the ReplyMarkup must be an Array of Arrays')
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("reply markup is too long")
    return [row for row in rows if row]


def _inline(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if _REFUSED & button.keys():
        raise bad_request("BUTTON_TYPE_INVALID")
    if len(_ACTIONS & button.keys()) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        button = {**button, "callback_data": str(button["callback_data"])}
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        button = {**button, "url": _url(str(button["url"]))}
    if "web_app" in button and not _member(button["web_app"], "url").startswith("https://"):
        url = _member(button["web_app"], "url")
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if "copy_text" in button and not 1 <= len(_member(button["copy_text"], "text")) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return dict(button)


def _member(value: Any, name: str) -> str:
    return str(value.get(name) or "") if isinstance(value, dict) else ""


def _reply(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad_request("keyboard button text must be non-empty")
    if "web_app" in button and not _member(button["web_app"], "url").startswith("https://"):
        url = _member(button["web_app"], "url")
        raise bad_request(f"keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    return dict(button)


def _url(url: str) -> str:
    if "://" not in url and not url.startswith(("tg:", "mailto:", "tel:")):
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL") from None
    if parts.scheme in ("tg", "mailto", "tel"):
        return url
    if parts.scheme not in ("http", "https", "ton") or "." not in host or re.search(r"\s", url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url

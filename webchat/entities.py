"""Text as Telegram reads it: HTML into plain text and entities, with Telegram's own errors; offsets in UTF-16 units."""

import re
from typing import Any

from webchat.errors import bad_request

Entity = dict[str, Any]

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "code": "code",
    "pre": "pre", "a": "text_link", "span": "spoiler", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));?|(lt|gt|amp|quot)(?![a-zA-Z]);?)")
_MEANING = re.compile(r"[<&]")
_LINK = re.compile(r"(https?|tg|mailto|tel):")
_UNIX, _FORMAT = re.compile(r"[0-9]{1,10}"), re.compile(r"r|w?[dD]?[tT]?")
_OPEN = re.compile(r"<([^\s>]*)")
_CLOSE = re.compile(r"</([^\s>]*)\s*")
_ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']+)\s*(=)?\s*")
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'])|(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?(?![\w/]))"
    r"|(?P<email>(?<![\w.])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})|(?P<mention>(?<![\w@])@[A-Za-z]\w{3,31}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#[^\W\d_]\w{0,63})"
)


def utf16(text: str) -> int:
    """How long Telegram says a text is."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse(text: str, parse_mode: Any, entities: Any) -> tuple[str, list[Entity]]:
    """Visible text and entities, trimmed as Telegram trims. Raises ApiError."""
    if parse_mode and str(parse_mode).lower() != "html":
        raise bad_request("unsupported parse_mode")
    own: list[Entity] = []
    if parse_mode:
        text, own = _html(text)
    elif entities:
        own = _checked(text, entities)
    text, own = _trimmed(_cleaned(text), own)
    return text, _with_found(text, own)


def _html(source: str) -> tuple[str, list[Entity]]:
    out: list[str] = []
    entities: list[Entity] = []
    stack: list[tuple[str, int, dict[str, str]]] = []
    at, length = 0, 0
    while at < len(source):
        if source[at] != "<":
            plain, at = _plain(source, at)
            out.append(plain)
            length += utf16(plain)
            continue
        offset = len(source[:at].encode("utf-8", "surrogatepass"))
        if source.startswith("</", at):
            at = _close(source, at, offset, stack, entities, length)
        else:
            at = _open(source, at, offset, stack, length)
    if stack:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{stack[-1][0]}\"")
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(out), entities


def _plain(source: str, at: int) -> tuple[str, int]:
    """The text from here to the next thing that may mean something, and where that is."""
    reference = _REFERENCE.match(source, at)
    decoded = _decoded(reference) if reference else None
    if reference and decoded:
        return decoded, reference.end()
    end = _MEANING.search(source, at + 1)
    stop = end.start() if end else len(source)
    return source[at:stop], stop


def _open(source: str, at: int, offset: int, stack: list[tuple[str, int, dict[str, str]]], length: int) -> int:
    match = _OPEN.match(source, at)
    assert match is not None
    tag, at = match[1].lower(), match.end()
    if at >= len(source):
        raise bad_request(f"can't parse entities: Unclosed start tag at byte offset {offset}")
    if tag not in _TAGS:
        raise bad_request(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {offset}')
    attributes: dict[str, str] = {}
    while True:
        while at < len(source) and source[at].isspace():
            at += 1
        if at >= len(source):
            raise bad_request(f'can\'t parse entities: Unclosed start tag "{tag}" at byte offset {offset}')
        if source[at] == ">":
            break
        found = _ATTRIBUTE.match(source, at)
        if found is None:
            raise bad_request(f'can\'t parse entities: Empty attribute name in the tag "{tag}" at byte offset {offset}')
        at = found.end()
        value = ""
        if found[2]:
            value, at = _value(source, at, offset)
        attributes[found[1].lower()] = value
    _must_be_whole(tag, attributes, offset)
    stack.append((tag, length, attributes))
    return at + 1


def _must_be_whole(tag: str, attributes: dict[str, str], offset: int) -> None:
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise bad_request(f'can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    if tag == "tg-time" and not (
        _UNIX.fullmatch(attributes.get("unix", "")) and _FORMAT.fullmatch(attributes.get("format", ""))
    ):
        raise bad_request(f'can\'t parse entities: Tag "tg-time" has no valid time at byte offset {offset}')


def _value(source: str, at: int, offset: int) -> tuple[str, int]:
    if at < len(source) and source[at] in "\"'":
        end = source.find(source[at], at + 1)
        if end < 0:
            raise bad_request(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        return _REFERENCE.sub(lambda match: _decoded(match) or match[0], source[at + 1 : end]), end + 1
    match = re.compile(r"[A-Za-z0-9.-]*").match(source, at)
    assert match is not None
    if match.end() < len(source) and not (source[match.end()].isspace() or source[match.end()] == ">"):
        begin = len(source[:at].encode("utf-8", "surrogatepass"))
        raise bad_request(f"can't parse entities: Unexpected end of name token at byte offset {begin}")
    return match[0].lower(), match.end()


def _close(
    source: str,
    at: int,
    offset: int,
    stack: list[tuple[str, int, dict[str, str]]],
    entities: list[Entity],
    length: int,
) -> int:
    match = _CLOSE.match(source, at)
    assert match is not None
    if not stack:
        raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {offset}")
    if match.end() >= len(source) or source[match.end()] != ">":
        raise bad_request(f"can't parse entities: Unclosed end tag at byte offset {offset}")
    tag, begin, attributes = stack.pop()
    if match[1] and match[1].lower() != tag:
        raise bad_request(
            f"can't parse entities: Unmatched end tag at byte offset {offset},"
            f' expected "</{tag}>", found "</{match[1].lower()}>"'
        )
    if length > begin:
        entity = {"offset": begin, "length": length - begin, "type": _TAGS[tag]}
        if tag == "a":
            url = attributes.get("href", "")
            if not _LINK.match(url):
                return match.end() + 1
            entity["url"] = url
        if tag == "tg-time":
            entity |= {"unix_time": int(attributes["unix"]), "date_time_format": attributes.get("format", "")}
        if tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        if tag == "code" and "class" in attributes and stack and stack[-1][0] == "pre":
            return match.end() + 1
        entities.append(entity)
    return match.end() + 1


def _decoded(match: re.Match[str]) -> str | None:
    if match[3]:
        return _NAMED[match[3]]
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number) if 0 < number < 0x10FFFF and not 0xD800 <= number < 0xE000 else None


def _checked(text: str, entities: Any) -> list[Entity]:
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise bad_request("can't parse entities: an Array of Objects is expected")
    longest, known = utf16(text), []
    for entity in entities:
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or not 0 <= offset < offset + length <= longest:
            raise bad_request("can't parse entities: entity lies outside the text")
        if not isinstance(entity.get("type"), str):
            raise bad_request("can't parse entities: an entity has no type")
        if _is_whole(entity):
            known.append(dict(entity))
    return known


def _is_whole(entity: Entity) -> bool:
    if entity["type"] == "text_link":
        return bool(_LINK.match(str(entity.get("url"))))
    if entity["type"] == "date_time":
        unix, form = str(entity.get("unix_time")), str(entity.get("date_time_format", ""))
        return bool(_UNIX.fullmatch(unix) and _FORMAT.fullmatch(form))
    return True


def _cleaned(text: str) -> str:
    # The same length keeps the offsets: what cannot be shown becomes a space.
    return re.sub(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", " ", text)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    shorter = text.lstrip(" \n\t")
    cut = len(text) - len(shorter)
    shorter = shorter.rstrip(" \n\t")
    longest, kept = utf16(shorter), []
    for entity in entities:
        begin = max(0, entity["offset"] - cut)
        end = min(longest, entity["offset"] + entity["length"] - cut)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return shorter, kept


def _with_found(text: str, own: list[Entity]) -> list[Entity]:
    taken = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in own
        if entity["type"] in ("code", "pre", "text_link")
    ]
    found = []
    for match in _FOUND.finditer(text):
        begin = utf16(text[: match.start()])
        end = begin + utf16(match[0])
        if not any(begin < stop and start < end for start, stop in taken):
            found.append({"offset": begin, "length": end - begin, "type": str(match.lastgroup)})
    return sorted([*own, *found], key=lambda entity: (entity["offset"], -entity["length"]))

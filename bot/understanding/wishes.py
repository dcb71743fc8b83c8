"""What a message asks for: its wishes in order of likelihood, without those that it forbids. Pure, given a classifier."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.classifier import Classifier
from bot.understanding.folding import TEXT_MAX, folded

INTENTS = (
    *("find", "order_status", "cancel", "refund", "change_address", "points_balance", "expiring_points", "coupons"),
    *("group_status", "invite", "pick_up", "opening_hours", "language", "invoice", "complaint", "agent"),
    *("greeting", "thanks", "goodbye", "yes", "no", "help", "who_are_you", "out_of_scope"),
)
# Said beside a wish these are no wish of their own: "hello, where is my parcel".
ASIDE = frozenset({"greeting", "thanks", "goodbye", "yes", "no", "help", "who_are_you", "out_of_scope"})
SURE = 0.6
# Of a word or two, which may as well name a thing.
SURE_OF_FEW = 0.95
_FEW_WORDS, _FEW_CHARACTERS = 2, 4
AHEAD = 0.2
UNSURE = 0.25
# A text of whose letters less is in words that were learnt is, that much, the name of a thing.
KNOWN = 0.3
OFFERED = 3
_NOT_OFFERED = frozenset({"find", "out_of_scope"})
_WISHES_MAX = 2
_PARTS_MAX = 4

_APART = re.compile(
    r"[,.;!?，。；！？、؟،؛\n]+"
    r"|\s(?:and|also|plus|then|и|а|ещё|еще|также|потом|ثم|وأيضا|وايضا|كمان)\s"
    r"|\sو(?=كم|متى|متي|أين|اين|وين|هل|أريد|اريد|بدي|كيف|ما\s)"
    r"|还有|另外|顺便|以及|然后|并且"
)
# Each after folding. What somebody has not done ("not returned yet", не вернули, ما رجعت) forbids nothing, so only what is
# told to be done or wished is read; `不要了` is "no longer", not "do not".
_EN = (
    r"(?<!you )(?<!they )\b(?:do\s?n[o']?t|do not|never|no need to|not to|without)\s"
    r"(?:please\s|want to\s|want you to\s|wish to\s|need to\s|you\s)?(?:{})(?!\w*ed\b)"
)
_ZH = r"(?:不要|别|不用|不想|不需要|无需|不必|没要|没想|没说要|不是要)(?!了)(?:再|帮我|给我|马上|现在|把?(?:我的)?订单)?(?:{})"
_RU = (
    r"\bне\s(?:надо\s|нужно\s|хочу\s|хотела\s|хотел\s|буду\s|стоит\s|просила\s|просил\s)?(?:{0})"
    r"|\b(?:{0})\w*\sне\s(?:надо|нужно|нужна|нужен|хочу|стоит)"
)
_AR = (
    r"\bلا\s(?:داعي\sل)?ت(?:{0})|\b(?:لا|ما|مو|مش)\s(?:اريد|ابي|ابغي|ابغا|بدي)\s(?:ان\s)?[اتن]?(?:{0})|\bبدون\s(?:{0})"
)
_NEGATED = {
    intent: re.compile("|".join(form.format(words) for form, words in zip((_EN, _ZH, _RU, _AR), told, strict=True)))
    for intent, told in {
        "cancel": (
            "cancel|cancle|undo|call off",
            "取消|撤销|撤单|退单",
            "отменяй|отменять|отмените|отменить|отмени\\b|отмена|аннулируй|аннулировать",
            "الغ|لغ|كنسل|ابطل|بطل",
        ),
        "refund": (
            "refund|return|exchange|send it back|send back",
            "退款|退货|退钱|换货|退",
            "возвращай|возвращать|вернуть|возврат|обменивать",
            "استرد|سترد|استرجع|سترجع|رجع|ارجع|ارجاع|استرجاع|استرداد",
        ),
        "change_address": (
            "change|edit|update",
            "改地址|改收货地址|换地址|修改地址",
            "меняйте адрес|менять адрес|изменять адрес|измените адрес",
            "غير|تغيير|عدل",
        ),
        "agent": (
            "call|connect|talk|speak|transfer",
            "转人工|找人工|打电话|人工",
            "звоните|звонить|соединяйте|соединять|переключайте",
            "تصل|اتصل|حول",
        ),
    }.items()
}
# Not able to, or a question why not, forbids nothing.
_UNABLE = re.compile(r"\b(?:can|could|why do|why)\s?(?:n't|not)\b|\bcannot\b")


@dataclass(frozen=True)
class Part:
    """A piece of a message that asks for something of its own."""

    intent: str
    text: str


@dataclass(frozen=True)
class Understood:
    """What a message may ask for, the likeliest first; what it forbids; its parts, when they ask for different things;
    and whether it is but a word or two.
    """

    intents: tuple[tuple[str, float], ...]
    negated: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()
    short: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do: `do` each of the parts, `search`, or say that all is `kept` as it was.

    `offered`: what to offer when a search finds nothing that has all of the words.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    offered: tuple[str, ...] = ()


def understand(text: str, classifier: Classifier) -> Understood:
    """What the text asks for. Never raises, whatever the text; only its first 300 characters are read."""
    text = text.replace("\x00", " ")[:TEXT_MAX]
    negated = forbidden(text)
    ranked = _without(likely(text, classifier), negated)
    pieces = _pieces(text)
    if len(pieces) < 2:
        return Understood(ranked, negated, short=_is_short(text))
    told = [(Part(found[0][0], piece), found) for piece in pieces if (found := _read(piece, classifier)) is not None]
    wishes = list({part.intent: part for part, found in told if found[0][1] >= SURE and _is_wish(part)}.values())
    if len(wishes) >= _WISHES_MAX and any(part.intent != "find" for part in wishes):
        return Understood(ranked, negated, tuple(wishes[:_WISHES_MAX]))
    alone = [found for part, found in told if _is_wish(part) and part.intent != "find" and found[0][1] >= SURE]
    if len(alone) == 1 and ranked[0][1] < SURE:
        return Understood(alone[0], negated)
    return Understood(ranked, negated)


def likely(text: str, classifier: Classifier) -> list[tuple[str, float]]:
    """Every intent with its probability; words that were never learnt are looked for."""
    share = min(1.0, classifier.known(text) / KNOWN)
    ranked = [(name, chance * share + (1.0 - share) * (name == "find")) for name, chance in classifier.rank(text)]
    return sorted(ranked, key=lambda one: -one[1])


def decide(understood: Understood) -> Decision:
    """By how sure we are: do it, or search and offer a choice. What is forbidden is never done and never offered."""
    if understood.parts:
        return Decision("do", understood.parts)
    (first, sure), (_, behind) = understood.intents[:2]
    if understood.negated:
        return Decision("kept", offered=tuple(understood.negated))
    if first == "find" or sure < UNSURE:
        return Decision("search")
    if first != "out_of_scope" and sure >= (SURE_OF_FEW if understood.short else SURE) and sure - behind >= AHEAD:
        return Decision("do", (Part(first, ""),))
    offered = [name for name, share in understood.intents if share >= UNSURE / 3 and name not in _NOT_OFFERED]
    # The shop looks first: it may well sell what sounds like a wish, or like no business of a shop.
    return Decision("search", offered=("out_of_scope",) if first == "out_of_scope" else tuple(offered[:OFFERED]))


def forbidden(text: str) -> frozenset[str]:
    """Which wishes the text says that it does not have: "don't cancel"."""
    told = " ".join(_UNABLE.sub(" ", folded(text).replace("’", "'")).split())
    return frozenset(intent for intent, pattern in _NEGATED.items() if pattern.search(told))


def _read(piece: str, classifier: Classifier) -> tuple[tuple[str, float], ...] | None:
    found = _without(likely(piece, classifier), forbidden(piece))
    return found if found[0][0] not in forbidden(piece) else None


def _without(ranked: Sequence[tuple[str, float]], negated: frozenset[str]) -> tuple[tuple[str, float], ...]:
    left = sum(share for name, share in ranked if name not in negated) or 1.0
    return tuple(
        [(name, share / left) for name, share in ranked if name not in negated]
        + [(name, 0.0) for name, _ in ranked if name in negated]
    )


def _pieces(text: str) -> list[str]:
    return [piece for piece in (one.strip() for one in _APART.split(text)) if piece][:_PARTS_MAX]


def _is_short(text: str) -> bool:
    words = text.split()
    # Chinese has no spaces; its words have two characters.
    chinese = any("\u4e00" <= character <= "\u9fff" for character in text)
    return len(text) <= _FEW_CHARACTERS if chinese else len(words) <= _FEW_WORDS


def _is_wish(part: Part) -> bool:
    return part.intent not in ASIDE

"""Which of the candidates is meant: words and where they stand, the thing before what belongs to it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from storefront.search.analysis import BREAK, STOP_WORDS, is_han, listed, stem
from storefront.search.entries import DERIVED, Entry


def _stems(*words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed(*words))


# What is for a thing, and not the thing. General words of the trade.
ACCESSORIES = _stems(
    "accessory adapter arm bag band battery bracket brush cable cap cartridge case charger clamp clip connector controller",
    "cord cover cradle dock drum film filter frame fuse grip guard handle hanger holder holster housing ink insert kit knob",
    "lamp lead lens license lid liner lock mount mouse pad panel part pen pillow plate plug pouch protector rack refill remote",
    "replacement ribbon screw shade shelf shell skin sleeve slipcover software spare stand station sticker strap support tape",
    "tip toner tool transmitter tray tripod upgrade warranty wallet enclosure",
    "чехол кабель зарядка крышка держатель картридж сумка ремень пленка аккумулятор адаптер подставка запчасть",
    "غطاء كابل شاحن حقيبة حامل بطارية محول",
)
_HAN_ACCESSORIES = frozenset("壳套膜袋线架盖垫贴配")
# After one of these comes what the thing is for.
_FOR = _stems("for compatible fit fits suitable для к совместимый", "适 ل")
# After one of these comes what is given with it.
_WITH = _stems("with includes incl plus с مع", "配 送")
# What may follow the name of a thing and still describe it.
_DESCRIBING = _stems(
    "black white silver grey gray red blue green yellow orange pink purple brown gold beige cyan magenta bronze chrome",
    "metallic titanium anthracite ivory cream navy teal turquoise transparent clear multi multicolour multicolored colour",
    "color original new set pack pair series edition style large small mini medium big portable wireless wired digital",
    "indoor outdoor foldable adjustable compatible model type class version single dual double",
    "черный белый серый красный синий зеленый новый набор",
)


@dataclass(frozen=True)
class Way:
    """One way to say a part of the wish: tokens in a row, how rare each is, and how much this way counts (0 to 1)."""

    tokens: tuple[str, ...]
    rarity: tuple[float, ...]
    weight: float = 1.0
    derived: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is looked for, part by part; the part at `head` is the thing itself, the others describe it."""

    parts: tuple[tuple[Way, ...], ...]
    head: int
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """An entry with what else decides: `price` in minor units, None without one."""

    entry: Entry
    price: int | None = None
    available: bool = True
    popularity: float = 0.0


@dataclass(frozen=True)
class Weights:
    """How much each sign counts."""

    name: float = 1.0
    kind: float = 0.7
    details: float = 0.25
    length: float = 0.3
    phrase: float = 0.3
    whole: float = 0.3
    head: float = 0.8
    follows: float = 0.2
    accessory: float = 0.6
    foreign: float = 0.3
    missing: float = 1.0
    cheap: float = 0.3
    stock: float = 0.02
    popularity: float = 0.0


WEIGHTS = Weights()


@dataclass
class _Seen:
    """How a candidate stands to the wish."""

    candidate: Candidate
    score: float = 0.0
    covered: float = 0.0
    in_name: bool = False
    places: list[list[int]] = field(default_factory=list)


def order(wish: Wish, candidates: Sequence[Candidate], length_mean: float, weights: Weights = WEIGHTS) -> list[int]:
    """The numbers of the candidates, the best first; among equals what is in stock, then the older one."""
    seen = [_look(wish, candidate, length_mean, weights) for candidate in candidates]
    prices = [one.candidate.price for one in sorted(seen, key=lambda one: -one.score)[:50] if one.candidate.price]
    usual = median(prices) if len(prices) >= 5 else 0
    scored = [(-_final(one, usual, weights), one.candidate.entry.item_id) for one in seen]
    return [item_id for _, item_id in sorted(scored)]


def _final(seen: _Seen, usual: float, weights: Weights) -> float:
    candidate = seen.candidate
    score = seen.score
    if usual and candidate.price and candidate.price < usual * 0.2:
        score *= 1 - weights.cheap
    return score + (weights.stock if candidate.available else 0) + weights.popularity * candidate.popularity


def _look(wish: Wish, candidate: Candidate, length_mean: float, weights: Weights) -> _Seen:
    entry = candidate.entry
    seen = _Seen(candidate)
    said = entry.name.partition(f" {DERIVED}")[0].split()
    name, kind, details = f" {entry.name} ", f" {entry.kind} ", f" {entry.details} "
    shorter = 1 / (1 + weights.length * (entry.length / length_mean - 1)) if length_mean else 1.0
    total, got, named = 0.0, 0.0, 0.0
    for ways in wish.parts:
        worth = sum(ways[0].rarity)
        best, best_name, places = 0.0, 0.0, list[int]()
        for way in ways:
            value, in_name, at = _way(way, name, kind, details, said, weights)
            if value * way.weight > best:
                best, best_name, places = value * way.weight, in_name * way.weight, at
        total += worth
        got += worth * best
        named += worth * best_name
        seen.places.append(places)
    if not total:
        return seen
    coverage = got / total
    score = coverage * (coverage**weights.missing) * (0.5 + 0.5 * max(0.2, shorter))
    score *= 1 + weights.phrase * _neighbours(seen.places) + weights.whole * (named / total) ** 2
    places = seen.places[wish.head] if wish.parts else []
    score *= _thing(said, places, wish, weights)
    if not ACCESSORIES.isdisjoint(said) and not _asked(said, wish):
        score *= 1 - weights.foreign
    seen.score = score
    return seen


def _way(
    way: Way, name: str, kind: str, details: str, said: list[str], weights: Weights
) -> tuple[float, float, list[int]]:
    """How far this way is met (0 to 1), how far in the name, and where in the name it ends."""
    got = in_name = 0.0
    total = sum(way.rarity)
    for token, rarity in zip(way.tokens, way.rarity, strict=True):
        padded = f" {token} "
        if padded in name:
            got += rarity * weights.name
            in_name += rarity
        elif padded in kind:
            got += rarity * weights.kind
        elif padded in details:
            got += rarity * weights.details
    if not total or not got:
        return 0.0, 0.0, []
    size = len(way.tokens)
    places = [
        at + size - 1
        for at, token in enumerate(said)
        if token == way.tokens[0] and tuple(said[at : at + size]) == way.tokens
    ]
    value, in_name = got / total, in_name / total
    if size > 1 and not places:
        # Characters that stand apart are other words.
        pairs = sum(f" {pair} " in name or f" {pair} " in kind for pair in way.derived)
        loose = 0.35 + 0.4 * (pairs / len(way.derived)) if way.derived else 0.6
        value, in_name = value * loose, in_name * loose
    return value, in_name, places


def _neighbours(places: Sequence[Sequence[int]]) -> float:
    """Which share of the parts that follow one another in the wish do so in the name."""
    if len(places) < 2:
        return 0.0
    pairs = sum(any(0 < after - before <= 2 for before in left for after in right) for left, right in pairwise(places))
    return pairs / (len(places) - 1)


def _thing(said: Sequence[str], places: Sequence[int], wish: Wish, weights: Weights) -> float:
    """More than 1 when the name says that it is the thing, less when it only belongs to one."""
    best = 0.0
    for place in places:
        best = max(best, _stands(said, place, wish, weights))
    return best or 1.0


def _asked(said: Sequence[str], wish: Wish) -> bool:
    """Whether every accessory that the name speaks of was asked for, or only comes with the thing."""
    for at, token in enumerate(said):
        if token in _WITH:
            return True
        if token in ACCESSORIES and token not in wish.tokens and at > 0:
            return False
    return True


def _stands(said: Sequence[str], place: int, wish: Wish, weights: Weights) -> float:
    before = said[max(0, place - 6) : place]
    if BREAK in before:
        before = before[len(before) - before[::-1].index(BREAK) :]
    if any(token in _FOR and token not in wish.tokens for token in before):
        return 1 - weights.accessory
    following = said[place + 1] if place + 1 < len(said) else BREAK
    if following not in wish.tokens:
        if following in ACCESSORIES or (following in _HAN_ACCESSORIES and is_han(said[place])):
            return 1 - weights.accessory
        if _is_name(following, said[place]):
            return 1 + weights.head * weights.follows
    return 1 + weights.head


def _is_name(following: str, own: str) -> bool:
    """Whether this token goes on naming the thing: then the token before only describes it."""
    if following == BREAK or following in STOP_WORDS or following in _DESCRIBING:
        return False
    if is_han(own):
        return is_han(following)
    return following.isalpha() and not is_han(following)

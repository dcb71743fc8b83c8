"""Which of the candidates is meant: words and where they stand, the thing before what belongs to it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log
from statistics import median
from typing import NamedTuple

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
    derived_rarity: tuple[float, ...] = ()

    @cached_property
    def worth(self) -> float:
        """How much all of it tells."""
        return sum(self.rarity) + sum(self.derived_rarity)

    @cached_property
    def pieces(self) -> tuple[tuple[str, float], ...]:
        """All that it consists of between spaces, as it stands in an entry, and how rare that is."""
        told = zip((*self.tokens, *self.derived), (*self.rarity, *self.derived_rarity), strict=True)
        return tuple((f" {token} ", rarity) for token, rarity in told)


@dataclass(frozen=True)
class Wish:
    """What is looked for, part by part; the part at `head` is the thing itself, the others describe it."""

    parts: tuple[tuple[Way, ...], ...]
    head: int
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """An entry with what else decides: `price` in minor units, None without one; in how many `orders` it was of late."""

    entry: Entry
    price: int | None = None
    available: bool = True
    orders: int = 0


@dataclass(frozen=True)
class Weights:
    """How much each sign counts."""

    name: float = 1.0
    kind: float = 0.7
    details: float = 0.25
    length: float = 0.3
    apart: float = 0.6
    phrase: float = 0.3
    whole: float = 0.3
    head: float = 0.8
    follows: float = 0.2
    accessory: float = 0.6
    foreign: float = 0.3
    missing: float = 1.0
    cheap: float = 0.3
    stock: float = 0.02
    popularity: float = 0.01


WEIGHTS = Weights()
# The usual price is that of the best; what costs less than this share of it is rarely the thing itself.
_PRICES, _PRICES_MIN = 50, 5
_CHEAP = 0.2
# What was in so many orders is as popular as it gets.
_ORDERS = 1000


class _Text(NamedTuple):
    """An entry as it is looked at: its name's tokens in their order, and each field between spaces."""

    said: list[str]
    name: str
    kind: str
    details: str


class _Met(NamedTuple):
    """How far a way is met (0 to 1) by weight of the fields, anywhere, and in the name; and where in the name it ends."""

    value: float = 0.0
    present: float = 0.0
    named: float = 0.0
    places: Sequence[int] = ()


_NOT_MET = _Met()


def order(wish: Wish, candidates: Sequence[Candidate], length_mean: float, weights: Weights = WEIGHTS) -> list[int]:
    """The numbers of the candidates, the best first; among equals what is in stock, then the older one."""
    scores = [_score(wish, candidate.entry, length_mean, weights) for candidate in candidates]
    best = sorted(zip(scores, candidates, strict=True), key=lambda one: (-one[0], one[1].entry.item_id))
    prices = [candidate.price for _, candidate in best[:_PRICES] if candidate.price]
    usual = median(prices) if len(prices) >= _PRICES_MIN else 0
    final = [(-_final(score, candidate, usual, weights), candidate.entry.item_id) for score, candidate in best]
    return [item_id for _, item_id in sorted(final)]


def _final(score: float, candidate: Candidate, usual: float, weights: Weights) -> float:
    if candidate.price and candidate.price < usual * _CHEAP:
        score *= 1 - weights.cheap
    popular = min(1.0, log(1 + candidate.orders) / log(1 + _ORDERS))
    return score + (weights.stock if candidate.available else 0) + weights.popularity * popular


def _score(wish: Wish, entry: Entry, length_mean: float, weights: Weights) -> float:
    said = entry.name.partition(f" {DERIVED}")[0].split()
    text = _Text(said, f" {entry.name} ", f" {entry.kind} ", f" {entry.details} ")
    total = got = present = named = 0.0
    places = list[Sequence[int]]()
    for ways in wish.parts:
        met = _part(ways, text, weights)
        worth = ways[0].worth
        total += worth
        got += worth * met.value
        present += worth * met.present
        named += worth * met.named
        places.append(met.places)
    if not got:
        return 0.0
    whole: float = (present / total) ** weights.missing
    score = got / total * whole
    score *= 0.5 + 0.5 * max(0.2, 1 / (1 + weights.length * (entry.length / length_mean - 1)))
    score *= 1 + weights.phrase * _neighbours(places) + weights.whole * (named / total) ** 2
    thing = max((_stands(said, place, wish, weights) for place in places[wish.head]), default=0.0)
    score *= 1 + thing * whole if thing > 0 else 1 + thing
    if not ACCESSORIES.isdisjoint(said) and not _asked(said, wish):
        score *= 1 - weights.foreign
    return score


def _part(ways: Sequence[Way], text: _Text, weights: Weights) -> _Met:
    best = _NOT_MET
    for way in ways:
        met = _one(way, text, weights) if len(way.tokens) == 1 else _row(way, text, weights)
        if met.value * way.weight > best.value:
            best = _Met(met.value * way.weight, met.present * way.weight, met.named * way.weight, met.places)
    return best


def _one(way: Way, text: _Text, weights: Weights) -> _Met:
    token, padded = way.tokens[0], way.pieces[0][0]
    if padded in text.name:
        return _Met(weights.name, 1.0, 1.0, [at for at, said in enumerate(text.said) if said == token])
    if padded in text.kind:
        return _Met(weights.kind, 1.0)
    return _Met(weights.details, 1.0) if padded in text.details else _NOT_MET


def _row(way: Way, text: _Text, weights: Weights) -> _Met:
    got = present = named = 0.0
    for padded, rarity in way.pieces:
        if padded in text.name:
            got += rarity * weights.name
            named += rarity
            present += rarity
        elif padded in text.kind:
            got += rarity * weights.kind
            present += rarity
        elif padded in text.details:
            got += rarity * weights.details
            present += rarity
        elif way.weight < 1 and not way.derived:
            # Half of another way to say it says something else.
            return _NOT_MET
    if not got:
        return _NOT_MET
    places = _places(way.tokens, text.said)
    loose = 1.0
    if not places and way.derived:
        # Not all of it, but where its last word ends the thing is named all the same.
        places = _places(way.tokens[-2:], text.said)
    elif not places:
        loose = weights.apart
    share = loose / way.worth
    return _Met(got * share, present * share, named * share, places)


def _places(tokens: tuple[str, ...], said: Sequence[str]) -> list[int]:
    """Where these end when they stand in a row."""
    size, first = len(tokens), tokens[0]
    return [at + size - 1 for at, token in enumerate(said) if token == first and tuple(said[at : at + size]) == tokens]


def _neighbours(places: Sequence[Sequence[int]]) -> float:
    """Which share of the parts that follow one another in the wish do so in the name."""
    if len(places) < 2:
        return 0.0
    pairs = sum(any(0 < after - before <= 2 for before in left for after in right) for left, right in pairwise(places))
    return pairs / (len(places) - 1)


def _asked(said: Sequence[str], wish: Wish) -> bool:
    """Whether every accessory that the name speaks of was asked for, or only comes with the thing."""
    for at, token in enumerate(said):
        if token in _WITH:
            return True
        if token in ACCESSORIES and token not in wish.tokens and at > 0:
            return False
    return True


def _stands(said: Sequence[str], place: int, wish: Wish, weights: Weights) -> float:
    """What it adds that the word at this place is the thing itself; below 0, that it only belongs to one."""
    before = said[max(0, place - 6) : place]
    if BREAK in before:
        before = before[len(before) - before[::-1].index(BREAK) :]
    if any(token in _FOR and token not in wish.tokens for token in before):
        return -weights.accessory
    following = said[place + 1] if place + 1 < len(said) else BREAK
    if following not in wish.tokens:
        if following in ACCESSORIES or (following in _HAN_ACCESSORIES and is_han(said[place])):
            return -weights.accessory
        if _is_name(following, said[place]):
            return weights.head * weights.follows
    return weights.head


def _is_name(following: str, own: str) -> bool:
    """Whether this token goes on naming the thing: then the token before only describes it."""
    if following == BREAK or following in STOP_WORDS or following in _DESCRIBING:
        return False
    if is_han(own):
        return is_han(following)
    return following.isalpha() and not is_han(following)

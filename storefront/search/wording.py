"""From the words of a sentence to a wish: their synonyms, what they are when written as one, what a typing error stood for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

from storefront.search import pinyin, thesaurus, vocabulary
from storefront.search.analysis import STOP_WORDS, Part, is_han, joined, listed, parts, stem
from storefront.search.ranking import Way, Wish
from storefront.search.thesaurus import Key

PARTS_MAX = 12
_RUN_MAX = 24
_CORRECTED = 0.9
_JOINED = 0.9
_PINYIN_MAX = 24
_ENDS_THING = listed("for with without in on of by from that для с со без из في من مع")


@dataclass(frozen=True)
class Wording:
    """A wish, and which words were taken for others."""

    wish: Wish
    corrected: tuple[tuple[str, str], ...]
    frequencies: Mapping[str, int]


@dataclass
class _Part:
    """A part with every way to say it: tokens in a row, how much that counts, what is derived from it."""

    part: Part
    ways: list[tuple[Key, float, tuple[str, ...]]] = field(default_factory=list)


async def word(words: Sequence[str], state: vocabulary.State, *, correct: bool = True) -> Wording:
    """The wish that these words say; to `correct` is to take a word that no entry has for the nearest one that some have."""
    said, head = content(words)
    said = _cut(said)
    wanted = [_own(part) for part in said]
    for place, (left, right) in enumerate(pairwise(said)):
        for token in joined(left.word, right.word):
            for at in (place, place + 1):
                wanted[at].ways.append(((token,), _JOINED, ()))
    frequencies = dict(await vocabulary.known(_tokens(wanted)))
    corrected = await _correct(wanted, frequencies, state) if correct else ()
    said = [one.part for one in wanted]
    phrases = _phrases(said)
    others = await thesaurus.synonyms([phrase for phrase, _ in phrases])
    for phrase, places in phrases:
        for synonym in others.get(phrase, ()):
            for place in places:
                wanted[place].ways.append((synonym.tokens, synonym.weight, _derived(synonym.tokens)))
    frequencies.update(await vocabulary.known({*_tokens(wanted)} - frequencies.keys()))
    made = tuple(_ways(one, frequencies, state.entries) for one in wanted)
    tokens = frozenset(token for ways in made for way in ways for token in way.tokens)
    return Wording(Wish(made, max(0, min(head, len(made) - 1)), tokens), corrected, frequencies)


def _own(part: Part) -> _Part:
    if is_han(part.tokens[0]):
        return _Part(part, [(part.tokens, 1.0, part.derived)])
    wanted = _Part(part, [(part.tokens, 1.0, ())])
    if len(part.tokens) > 1:
        # A number of a model is as good in one piece as in several.
        wanted.ways += [((token,), 1.0, ()) for token in part.derived[-1:]]
    else:
        wanted.ways += [((token,), 0.6 if token.isdigit() else _JOINED, ()) for token in part.derived]
    return wanted


def content(words: Sequence[str]) -> tuple[list[Part], int]:
    """The parts that name something, and which of them names the thing: the last before `for`, `with` and the like."""
    every = [_short(part) for part in parts(words)]
    told = [part for part in every if part.word not in STOP_WORDS][:PARTS_MAX] or every[:PARTS_MAX]
    head, seen = len(told) - 1, 0
    for part in every:
        if part.word in _ENDS_THING and seen:
            head = min(head, seen - 1)
            break
        seen += part in told
    return told, head


def _short(part: Part) -> Part:
    """A run of Chinese as long as a name may be; nobody searches for a whole page."""
    return (
        Part(part.tokens[:_RUN_MAX], part.derived[: _RUN_MAX - 1], part.word[:_RUN_MAX])
        if len(part.tokens) > _RUN_MAX
        else part
    )


def _cut(said: Sequence[Part]) -> list[Part]:
    """Runs of Chinese are cut where the thesaurus knows a word: the longest from the right, where the thing stands."""
    known = thesaurus.shipped()
    found = list[Part]()
    for part in said:
        if not is_han(part.tokens[0]) or len(part.tokens) < 3 or part.tokens in known:
            found.append(part)
            continue
        run, tail = part.word, list[Part]()
        for size in range(min(5, len(run) - 1), 1, -1):
            if tuple(run[-size:]) in known:
                tail = parts([run[-size:]])
                run = run[:-size]
                break
        found += [*parts([run]), *tail]
    return found


def _phrases(said: Sequence[Part]) -> list[tuple[Key, range]]:
    """One to three parts in a row, as the thesaurus knows them."""
    return [
        (tuple(token for part in said[start:end] for token in part.tokens), range(start, end))
        for start in range(len(said))
        for end in range(start + 1, min(len(said), start + thesaurus.WORDS_MAX) + 1)
    ]


def _tokens(wanted: Iterable[_Part]) -> list[str]:
    return [token for one in wanted for tokens, _, derived in one.ways for token in (*tokens, *derived)]


async def _correct(
    wanted: list[_Part], frequencies: dict[str, int], state: vocabulary.State
) -> tuple[tuple[str, str], ...]:
    told = list[tuple[str, str]]()
    for place, one in enumerate(wanted):
        if any(all(token in frequencies for token in tokens) for tokens, _, _ in one.ways):
            continue
        if len(one.part.tokens) > 1 or is_han(one.part.tokens[0]):
            continue
        if spoken := await _in_characters(one.part.word):
            wanted[place] = _Part(one.part, [(tuple(run), _JOINED, _pairs(run)) for run in spoken])
            continue
        meant = await vocabulary.corrections(one.part.word, state.generation)
        halves = await _halves(one.part.word)
        if not meant and halves:
            one.ways.append((halves, _JOINED, ()))
        if not meant:
            continue
        ways = [((other.term,), _CORRECTED * (1 + (other.likely - meant[0].likely) / 10), ()) for other in meant]
        taken = Part((meant[0].term,), (), meant[0].word)
        wanted[place] = _Part(taken, [((taken.tokens), _CORRECTED, ()), *ways[1:]])
        told.append((one.part.word, taken.word))
    frequencies.update(await vocabulary.known({*_tokens(wanted)} - frequencies.keys()))
    return tuple(told)


async def _in_characters(text: str) -> list[str]:
    """What a word is in Chinese characters when it is pinyin of something that the catalog has."""
    possible = pinyin.pairs(text) if text.isascii() and text.isalpha() and len(text) < _PINYIN_MAX else []
    return pinyin.readings(text, await vocabulary.known(possible)) if possible else []


def _derived(tokens: Key) -> tuple[str, ...]:
    return _pairs("".join(tokens)) if all(is_han(token) for token in tokens) else ()


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(left + right for left, right in pairwise(run))


async def _halves(text: str) -> Key:
    """A word that two words of the catalog make when written as one, cut where both are commonest."""
    cuts = [(stem(text[:at]), stem(text[at:])) for at in range(3, len(text) - 2)]
    found = await vocabulary.known(token for cut in cuts for token in cut)
    best = max(cuts, key=lambda cut: min(found.get(cut[0], 0), found.get(cut[1], 0)), default=("", ""))
    return best if min(found.get(best[0], 0), found.get(best[1], 0)) > 1 else ()


def _ways(one: _Part, frequencies: Mapping[str, int], entries: int) -> tuple[Way, ...]:
    best = dict[Key, tuple[float, tuple[str, ...]]]()
    for tokens, weight, derived in one.ways:
        if tokens not in best or best[tokens][0] < weight:
            best[tokens] = (weight, derived)
    made = [
        _way(tokens, weight, derived, frequencies, entries)
        for tokens, (weight, derived) in best.items()
        if all(token in frequencies for token in tokens)
    ]
    return tuple(made) or (_way(*one.ways[0], frequencies, entries),)


def _way(tokens: Key, weight: float, derived: tuple[str, ...], frequencies: Mapping[str, int], entries: int) -> Way:
    told = tuple(_rarity(frequencies.get(token, 0), entries) for token in tokens)
    # A pair that no entry has is where one word ends and the next begins.
    pairs = tuple(_rarity(frequencies[token], entries) if token in frequencies else 0.0 for token in derived)
    return Way(tokens, told, weight, derived, pairs)


def _rarity(count: int, entries: int) -> float:
    return log(1 + (max(entries, count) - count + 0.5) / (count + 0.5))

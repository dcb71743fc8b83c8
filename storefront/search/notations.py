"""How customers write prices, sizes, colours, codes and wishes, in English, Chinese, Russian and Arabic. Pure.

Everything here reads folded text: lower case, digits 0 to 9, no marks. No pattern repeats what repeats itself, so that none
can be made to run for long.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

# What stands before a number must not make it a part of something else: `b20`, `1.5`, `-5`, `no-5`.
_LEFT = r"(?<![a-zа-яё\d_#/-])(?<!\d[.,])"
_END = r"(?![a-zа-яё\d])"
_DASH = r"[-–—−~〜]"

_UNITS: Mapping[str, str] = {
    "kg": "kgs?|kilos?|kilograms?|公斤|千克|кг|кило|килограмм[а-я]{0,2}|كجم|كغم?|كلغ|كيلو(?:غرام|جرام)?",
    "斤": "市?斤",
    "mg": "mg|milligrams?|毫克|мг|ملغم?|ملجم",
    "g": "g|gr|grams?|克(?!力)|г|гр|грамм[а-я]{0,2}|جرام|غرام|جم|غم",
    "ml": "ml|millilit(?:er|re)s?|毫升|мл|миллилитр[а-я]{0,2}|مل|ملل|مليلتر",
    "l": "l|lit(?:er|re)s?|升(?!级)|л|литр[а-я]{0,2}|لتر|ليتر",
    "mm": "mm|毫米|мм|مم",
    "cm": "cm|厘米|公分|см|сантиметр[а-я]{0,2}|سم",
    "m": "m|met(?:er|re)s?|米(?![线饭粉酒醋糠糊])|м|метр[а-я]{0,2}|متر",
    "inch": "\"|''|″|”|inch(?:es)?|英寸|寸|吋|дюйм[а-я]{0,2}|بوصة|بوصه|انش|إنش",
    "oz": "oz|ounces?|盎司|унци[а-я]{1,2}",
    "lb": "lbs?|pounds?|磅|фунт[а-я]{0,2}",
    "gb": "gb|гб|جيجا(?:بايت)?",
    "tb": "tb|тб|تيرا(?:بايت)?",
    "mah": "mah|毫安时?|мач",
    "w": "w|watts?|瓦|вт|واط",
    "pcs": "pcs?|pieces?|шт|штук[а-я]{0,2}|个(?!月)|件|قطعة|قطعه|قطع",
}
_NAMES = {re.compile(pattern): unit for unit, pattern in _UNITS.items()}
_UNIT = rf"(?:(?:{'|'.join(_UNITS.values())}){_END})"
# What is counted or measured besides: never money, and nothing to look for in one spelling.
_COUNTED = (
    rf"(?:(?:years?|yrs?|yo|months?|weeks?|days?|hours?|hrs?|min|minutes?|people|persons?|seats?|packs?|pairs?|cups?|mp|px|db"
    rf"|sizes?|hz|fps|rpm|[mgk]bps|pages?|users?|devices?|ports?|pcs|volts?|v|bar|sheets?|rolls?|tablets?|bags?|bottles?|count|ct|in(?!\s+stock)|ft|feet|km|degrees?"
    rf"|лет|год[а-я]{{0,3}}|мес|месяц[а-я]{{0,2}}|дн[а-я]{{1,2}}|час[а-я]{{0,2}}|минут[а-я]{{0,2}}|размер[а-я]{{0,2}}"
    rf"|чел|человек[а-я]?|км"
    rf"|سنة|سنوات|سنه|عام|شهر|أشهر|يوم|أيام|ساعة|شخص|أشخاص){_END}"
    r"|岁|年(?![货糕])|个?月(?!饼)|天(?!然)|日(?![用本])|周|小时|分钟|人(?!参)|只|瓶|盒|包(?!包)|袋|支|枚|片|双(?!肩)|套(?!装)|度|码|号|层|寸)"
)
# Nothing of the number may be left over, and no unit may follow it.
_RIGHT = rf"(?!\d)(?![.,٫]\d)(?![a-zа-яё])(?!\s?(?:%|٪|°|[x*×х]\s?\d|{_UNIT}|{_COUNTED}))"

_NUMBER = r"(?:[1-9]\d{0,2}(?:[ ,.'٬]\d{3}){1,2}(?:[.,٫]\d{1,2})?|(?:0|[1-9]\d{0,8})(?:[.,٫]\d{1,2})?)"
_TIMES = {"千": 1000, "万": 10_000, "k": 1000, "тыс": 1000, "тыс.": 1000, "тысяч": 1000, "тысячи": 1000, "тысячу": 1000,
          "thousand": 1000, "ألف": 1000, "الف": 1000, "آلاف": 1000, "الاف": 1000}  # fmt: skip
_BEFORE = r"(?:(?:(?:us|hk|nt|cn)?[$¥]|[€£₽₹]|rmb|cny|usd|eur|rub|sar)\s?)"
_AFTER = (
    r"(?:\s?(?:元钱?|块钱?|圆|人民币|[¥$€£₽₹]|(?:yuan|rmb|cny|usd|dollars?|bucks?|eur|euros?|sar|rub|roubles?|rubles?"
    r"|руб(?:\.|л[а-я]{1,3})?|р(?:\.|(?![а-яё]))|юан[а-я]{1,3}|доллар[а-я]{0,2}|евро)(?![a-zа-яё])"
    r"|(?:ريالات|ريال|دولار|يوان|درهم|دينار|جنيه)(?:\s(?:سعودي|[إا]ماراتي|صيني))?|ر\.?س))"
)
_HAN_DIGIT = "[一二两三四五六七八九十百千]"
_HAN_NUMBER = f"{_HAN_DIGIT}{{1,7}}"


def _amount(name: str, *, money: bool = False, number: str = _NUMBER) -> str:
    """A pattern of an amount; `money`: a currency must be told. The currency's group is named as the amount, with a `c`."""
    times = rf"(?P<t{name}>\s?(?:千|万|k{_END}|thousand|тыс(?:яч[иу]?|\.)?|ألف|الف|آلاف|الاف))?"
    plain = rf"(?P<{name}>{number}){times}"
    if money:
        return rf"(?:{_BEFORE}{plain}{_AFTER}?|(?P<{name}_>{number})(?P<t{name}_>\s?(?:千|万|k{_END}|тыс\.?|ألف|الف))?{_AFTER})"
    return rf"(?P<c{name}>{_BEFORE})?{plain}(?P<a{name}>{_AFTER})?"


def _patterns(*told: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one) for one in told)


_ANY, _MONEY = _amount("high"), _amount("high", money=True)
_LOW, _LOW_MONEY = _amount("low"), _amount("low", money=True)
_ABOUT, _ABOUT_MONEY = _amount("about"), _amount("about", money=True)
_HAN_MONEY = rf"(?:(?:元钱?|块钱?)|(?<={_HAN_DIGIT}{_HAN_DIGIT}))"
_HAN = rf"(?:{_ANY}|(?P<hhigh>{_HAN_NUMBER}){_HAN_MONEY})"
_HAN_LOW = rf"(?:{_LOW}|(?P<hlow>{_HAN_NUMBER}){_HAN_MONEY})"
_HAN_ABOUT = rf"(?:{_ABOUT}|(?P<habout>{_HAN_NUMBER}){_HAN_MONEY})"
# Of `от 5 до 10 кг` nothing is a price.
_NO_RANGE = rf"(?!\s?(?:to|до|{_DASH})\s?\d)"
_DE = "的?"
_UNDER = r"(?:under|below|up to|less than|cheaper than|(?:no|not) more than|at most|not over|within|budget(?:\s+of)?:?)"
_UNDER_RU = r"(?:до|дешевле|меньше|менее|ниже|не (?:дороже|более|больше|выше)|в пределах|максимум|бюджет(?:\s+до)?)"
_OVER = r"(?:over|above|more than|at least|(?:no|not) less than|starting (?:at|from))"
_OVER_RU = r"(?:от|дороже|больше|более|выше|свыше|не (?:дешевле|менее|меньше)|минимум)"

RANGES = _patterns(
    rf"(?:\b(?:from|between)\s+){_LOW}\s?(?:to|and|{_DASH})\s?{_ANY}{_RIGHT}",
    rf"(?<![а-яё])(?:цена\s)?от\s?{_LOW}\s?(?:до|{_DASH})\s?{_ANY}{_RIGHT}",
    rf"(?:من|بين)\s?{_LOW}\s?(?:[إا]لى|حتى|و|{_DASH})\s?{_ANY}{_RIGHT}",
    rf"{_LEFT}{_LOW}\s?(?:到|至)\s?{_ANY}{_RIGHT}(?:之间|以内)?{_DE}",
    rf"{_LEFT}{_LOW}\s+(?:to|до)\s+{_ANY}{_RIGHT}",
    rf"{_LEFT}{_LOW}\s?{_DASH}\s?{_ANY}{_RIGHT}(?!\s?{_DASH}\s?\d)(?![/:]\d)(?:之间|以内)?{_DE}",
)
ABOUT = _patterns(
    rf"{_LEFT}{_HAN_ABOUT}\s?(?:左右|上下){_DE}",
    rf"(?:大约|大概|约|差不多)\s?{_ABOUT_MONEY}{_DE}",
    rf"\b(?:about|approx\.?)\s+{_ABOUT_MONEY}{_RIGHT}",
    rf"\baround\s+{_ABOUT}{_RIGHT}",
    rf"(?<![а-яё])(?:около|примерно(?: за)?|где-то за)\s+{_ABOUT}{_RIGHT}",
    rf"(?:حوالي|حوالى|بحدود|في حدود|تقريبا)\s+{_ABOUT}{_RIGHT}",
    rf"{_LEFT}{_ABOUT_MONEY}\s+تقريبا",
)
MOST = _patterns(
    rf"(?:不超过|不高于|不大于|(?<!不)低于|(?<!不)少于|(?<!不)小于|不到|最多|最高|预算)\s?{_HAN}{_RIGHT}(?:以内|以下)?{_DE}",
    rf"{_LEFT}{_HAN}\s?(?:以内|以下|之内|之下|封顶|内(?=\s|的|$)){_DE}",
    rf"\b{_UNDER}\s+{_ANY}{_RIGHT}",
    rf"\b(?:max(?:imum)?\.?:?|price:?)\s+{_MONEY}{_RIGHT}",
    rf"{_LEFT}{_ANY}\s(?:or|and) (?:less|under|below|cheaper)\b",
    rf"{_LEFT}{_MONEY}\s(?:max(?:imum)?|tops)\b",
    rf"(?<![-=<>])(?:<=?|≤)\s?{_ANY}{_RIGHT}",
    rf"(?<![а-яё])(?<!не ){_UNDER_RU}\s+{_ANY}{_RIGHT}",
    rf"(?:[أا]قل من|[أا]رخص من|تحت|حتى|دون|لا يزيد عن|لا يتجاوز|بحد [أا]قصى|بسعر|ميزانية)\s+{_ANY}{_RIGHT}",
)
LEAST = _patterns(
    rf"(?:不低于|不少于|(?<!不)高于|(?<!不)大于|(?<!不)超过|至少|最少)\s?{_HAN_LOW}{_RIGHT}{_DE}",
    rf"{_LEFT}{_HAN_LOW}\s?(?:以上|之上){_DE}",
    rf"{_LEFT}{_LOW_MONEY}起{_DE}",
    rf"(?<!no )(?<!not )\b{_OVER}\s+{_LOW}{_RIGHT}{_NO_RANGE}",
    rf"\b(?:min(?:imum)?\.?:?)\s+{_LOW_MONEY}{_RIGHT}",
    rf"{_LEFT}{_LOW}\s(?:or|and) (?:more|up|above|over)\b",
    rf"(?<![-=<>])(?:>=?|≥)\s?{_LOW}{_RIGHT}",
    rf"(?<![а-яё])(?<!не ){_OVER_RU}\s+{_LOW}{_RIGHT}{_NO_RANGE}",
    rf"(?:[أا]كثر من|[أا]على من|[أا]غلى من|فوق|لا يقل عن|ابتداء من)\s+{_LOW}{_RIGHT}",
)
# `from` says many other things.
LEAST_FROM = _patterns(rf"\bfrom\s+{_LOW}{_RIGHT}{_NO_RANGE}")
# A sum alone is what she wants to spend; 块 alone is a piece of soap as well.
SUMS = _patterns(rf"{_LEFT}(?!\d{{1,9}}\s?块(?!钱|\s|$)){_MONEY}{_RIGHT}{_DE}")
# Before a price these say nothing else.
PRICED = re.compile(
    r"(?:\b(?:price[sd]?|costs?|for|at)|(?<![а-яё])(?:цен[аоуы]й?|стоимость(?:ю)?|за|по)|(?:价格|价位|售价|预算)在?|(?<!\w)(?:ال|ب)?سعر|(?<!\w)ب)[\s:]*$"
)

_POINT = r"(?:points?|pts|积分|балл(?:ов|а|ы)?|نقاط|نقطة|نقطه|نقط)"
_MOST = r"(?:(?:\b(?:under|up to|less than|at most)|不超过|低于|до|не более|дешевле|[أا]قل من|حتى)\s?)"
POINTS = _patterns(
    rf"{_MOST}?{_LEFT}(?P<points>{_NUMBER})\s?{_POINT}{_END}(?:\s?(?:\+|加|and|и|و)\s?{_ANY}{_RIGHT})?(?:以内|以下)?{_DE}",
)

STOCK = _patterns(
    r"(?<!not )(?<!back )(?<!n't )\b(?:only\s)?in[\s-]stock(?:\s+only)?\b",
    r"(?<!not )(?<!n't )\b(?:only\s)?available(?:\s+now)?\b",
    r"有没有货|(?:是否|只看|只要)?(?:有现货|(?<!没)有货|现货|有库存)(?:吗|么|的)?",
    r"(?<![а-яё])(?<!нет )(?:есть\s+)?в\s+наличии(?![а-яё])",
    r"(?<!\w)(?<!غير )(?<!مش )(?:ال)?(?:متوفرة|متوفره|متوفر|متاحة|متاح)(?!\w)",
)
NEWEST = _patterns(
    r"\b(?:newest|latest|new\s+arrivals?|just\s+in)(?:\s+first)?\b",
    r"新品|新到(?:货|的)?|最新(?:款|的|在前)?|新上架(?:的)?",
    r"(?<![а-яё])(?:новинк[аиу]|новые\s+поступления|сам(?:ый|ая|ое|ые)\s+нов(?:ый|ая|ое|ые)|последн(?:ие|ее)\s+поступлени[яе]|сначала\s+нов(?:ые|инки))(?![а-яё])",
    r"(?<!\w)(?:ال[أا]حدث|وصل\s+حديثا|جديدنا)(?!\w)",
)
# These say it only where nothing else is said.
NEW_ALONE = re.compile(r"\W*(?:new|what'?s new|新的?|новое|новые|новый|جديد|الجديد|ما الجديد)\W*")
CHEAPEST = _patterns(
    r"\b(?:the\s+)?(?:cheapest|lowest\s+price|least\s+expensive)(?:\s+first)?\b",
    r"(?:价格)?最便宜(?:的|在前)?|最低价的?|价格最低的?",
    r"(?<![а-яё])(?:сам(?:ый|ая|ое|ые)\s+(?:деш[её]в(?:ый|ая|ое|ые)|недорог(?:ой|ая|ое|ие))|подешевле|дешевле\s+всего|сначала\s+(?:деш[её]вые|недорогие))(?![а-яё])",
    r"(?<!\w)(?:ال[أا]رخص|[أا]رخص(?!\s+من))(?!\w)",
)

# An English orange is a fruit first.
_COLOURS: Mapping[str, str] = {
    "red": "red|crimson|(?:大|鲜|深|酒)?红色|красн{}|[أا]حمر|حمراء",
    "orange": "(?:橙|橘)色|оранжев{}|برتقالي",
    "yellow": "yellow|黄色|ж[её]лт{}|[أا]صفر|صفراء",
    "green": "green|(?:浅|深|墨|草)?绿色|зел[её]н{}|[أا]خضر|خضراء",
    "blue": "blue|navy|(?:浅|深|天)?蓝色|син{}|голуб{}|[أا]زرق|زرقاء",
    "purple": "purple|violet|紫色|фиолетов{}|بنفسجي",
    "pink": "pink|粉红?色|розов{}|وردي|زهري",
    "brown": "brown|(?:棕|褐|咖啡)色|коричнев{}|بني",
    "black": "black|黑色|ч[её]рн{}|[أا]سود|سوداء",
    "white": "white|白色|бел{}|[أا]بيض|بيضاء",
    "grey": "gr[ae]y|灰色|сер{}|رمادي",
    "gold": "gold|golden|金色|золот{}|ذهبي",
    "silver": "silver|银色|серебрян{}|серебрист{}|فضي",
    "beige": "beige|米色|бежев{}|بيج",
}
_ADJECTIVE = "(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ую|юю|ым|им|ых|их|ыми|ими|ом|ем|ей)"
_WITHIN = r"a-zа-яё\u0621-\u064a"
_COLOUR_WORDS = {
    colour: re.compile(rf"(?<![{_WITHIN}])(?:ال)?(?:{pattern.replace('{}', _ADJECTIVE)})(?![{_WITHIN}])")
    for colour, pattern in _COLOURS.items()
}

_MEASURED = re.compile(
    rf"{_LEFT}(?:(?P<count>[1-9]\d{{0,2}})\s?[x*×х]\s?)?(?P<number>\d{{1,6}}(?:[.,٫]\d{{1,3}})?)\s?-?(?P<unit>{_UNIT})"
    r"(?:\s?[x*×х]\s?(?P<times>[1-9]\d{0,2})(?!\d))?装?"
)
_NETWORK = re.compile("[2-6]g")
_LARGER = {"g": ("kg", 1000), "ml": ("l", 1000), "斤": ("kg", 2)}
_SMALLER = {"kg": ("g", 1000), "l": ("ml", 1000)}

_LABEL = r"(?:\s|no\.?|number|is|[#:：№是])*"
_ORDER = rf"(?:my\s+)?(?:order|заказ[а-я]?|номер\s+заказа|订单号?|单号|طلبي|طلب|رقم\s+الطلب){_LABEL}"
_PICKUP = rf"(?:pick-?\s?up(?:\s+code)?|code|[取提]货码|取件码|код(?:\s+(?:получения|выдачи))?|رمز(?:\s+الاستلام)?|كود){_LABEL}"
_GROUP = rf"(?:group(?:\s+code)?|拼团码?|团购?码?|группа|код\s+группы|مجموعة|رمز\s+المجموعة){_LABEL}"
ORDER = re.compile(rf"(?:{_ORDER}(?:[aа]\s?{_DASH}?\s?)?|(?<![a-zа-яё\d_-])[aа]{_DASH})(?P<digits>\d{{5,12}})(?![\w-])")
ORDER_ALONE = re.compile(rf"[aа]?\s?{_DASH}?\s?(?P<digits>\d{{5,12}})")
PICKUP = re.compile(rf"(?:^|(?<=[\s\u3400-\u9fff])){_PICKUP}(?P<digits>\d{{4}})(?![\w-])")
PICKUP_ALONE = re.compile(r"(?P<digits>\d{4})")
GROUP = re.compile(rf"(?:^|(?<=[\s\u3400-\u9fff])){_GROUP}(?P<code>[2-9a-hj-np-z]{{12}})(?!\w)")
GROUP_ALONE = re.compile(r"(?:g_)?(?P<code>[2-9a-hj-np-z]{12})")
# Of the text as it was typed: names of links tell small letters from large ones.
LINK = re.compile(
    r"(?<![\w.:/-])(?:https?://)?[\w.-]{1,100}(?::\d{1,5})?"
    r"/(?:[\w/-]{0,80}\?start=[\w-]{1,64}|(?:g/[0-9A-Za-z]{4,20}|i/\d{1,17})(?:\?[\w=&-]{0,80})?)(?![\w-])"
)


@dataclass(frozen=True)
class Measured:
    """A size and where it stands; `words` is its one spelling: `500g`, or `6x` and `500ml`."""

    start: int
    end: int
    words: tuple[str, ...]


def measured(folded: str) -> Iterator[Measured]:
    """The sizes in a folded text, in their order: `5 kg`, `10斤`, `2 x 500 мл`, `50-inch`."""
    for match in _MEASURED.finditer(folded):
        if _NETWORK.fullmatch(match[0]):
            continue
        unit = next(unit for pattern, unit in _NAMES.items() if pattern.fullmatch(match["unit"]))
        number = Decimal(match["number"].replace(",", ".").replace("٫", "."))
        count = match["count"] or match["times"]
        size = _sized(number, unit)
        yield Measured(match.start(), match.end(), (f"{count}x", size) if count else (size,))


def colours(folded: str) -> Iterator[tuple[str, int, int]]:
    """The colours in a folded text, by their English names, with their places."""
    for colour, pattern in _COLOUR_WORDS.items():
        for match in pattern.finditer(folded):
            yield colour, match.start(), match.end()


def hundredths(match: re.Match[str], name: str) -> int | None:
    """What an amount of a pattern comes to, in hundredths; None where it was not told."""
    groups = match.groupdict()
    for told in (name, f"{name}_"):
        if number := groups.get(told):
            times = _TIMES[groups[f"t{told}"].strip()] if groups.get(f"t{told}") else 1
            return _hundredths(number) * times
    if number := groups.get(f"h{name}"):
        return _han(number) * 100
    return None


def is_money(match: re.Match[str], name: str) -> bool:
    """Whether the amount came with a currency."""
    groups = match.groupdict()
    return bool(groups.get(f"c{name}") or groups.get(f"a{name}"))


def _hundredths(number: str) -> int:
    told = re.fullmatch(r"(.*?)(?:[.,٫](\d{1,2}))?", number)
    assert told is not None
    whole = re.sub(r"\D", "", told[1])
    return int(whole) * 100 + int(((told[2] or "") + "00")[:2])


def _han(number: str) -> int:
    total = digit = 0
    for character in number:
        if (place := {"十": 10, "百": 100, "千": 1000}.get(character)) is not None:
            total, digit = total + (digit or 1) * place, 0
        else:
            digit = "一二三四五六七八九".find(character) + 1 if character != "两" else 2
    return total + digit


def _sized(number: Decimal, unit: str) -> str:
    if unit in _LARGER:
        larger, parts = _LARGER[unit]
        if unit == "斤" or number >= parts:
            number, unit = number / parts, larger
    if unit in _SMALLER and 0 < number < 1:
        smaller, parts = _SMALLER[unit]
        number, unit = number * parts, smaller
    return f"{number.normalize():f}{unit}"

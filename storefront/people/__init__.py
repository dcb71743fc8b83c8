"""Who the customers are: name, language, phone, addresses, and that two accounts are one person."""

from storefront.people import events, rules
from storefront.people.rules import LANGUAGES
from storefront.people.service import (
    Address,
    Person,
    address,
    addresses,
    choose_language,
    find,
    join,
    link_code,
    remove_address,
    rename,
    save_address,
    save_phone,
    tried,
    welcome,
)

__all__ = [
    "LANGUAGES",
    "Address",
    "Person",
    "address",
    "addresses",
    "choose_language",
    "events",
    "find",
    "join",
    "link_code",
    "remove_address",
    "rename",
    "rules",
    "save_address",
    "save_phone",
    "tried",
    "welcome",
]

"""What an operator may set: every setting is optional for the demo, and docs/operators/settings.md lists them all."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from babel.numbers import is_currency
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from storefront.kernel.texts import LANGUAGES, use_timezone


def _known_timezone(name: str) -> str:
    try:
        use_timezone(name)
    except LookupError:
        raise ValueError(f"{name!r} is not an IANA time zone such as Asia/Shanghai") from None
    return name


def _http(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise ValueError("an address begins with http:// or https://")
    return address.rstrip("/")


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("an ISO 4217 code such as CNY is wanted")
    return code


def _known_database(url: str) -> str:
    if not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise ValueError("an address begins with sqlite:/// or postgres://")
    return url


def _token(token: str) -> str:
    if not re.fullmatch(r"\d+:[\w-]{30,}", token):
        raise ValueError("a token looks like 123456789:AAF..., as @BotFather gives it")
    return token


def _roles(told: object) -> object:
    if not isinstance(told, str):
        return told
    names = [name.strip() for name in told.split(",")]
    if set(names) <= set(ROLES):
        return frozenset(names)
    raise ValueError(f"roles are {', '.join(ROLES)}, with commas between them")


def _networks(told: object) -> object:
    return tuple(ip_network(part.strip()) for part in told.split(",")) if isinstance(told, str) else told


Address = Annotated[str, AfterValidator(_http)]
Role = Literal["web", "bot", "jobs"]
ROLES: tuple[Role, ...] = ("web", "bot", "jobs")


class Settings(BaseSettings):
    """The operator's choices, from the environment or a .env file; only `shop` builds one."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    port: int = Field(
        8080, ge=0, le=65535, description="Port of browser chat, storefront and desk; 0 lets the system choose."
    )
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every network of the machine.")
    roles: Annotated[frozenset[Role], NoDecode, BeforeValidator(_roles)] = Field(
        frozenset(ROLES), min_length=1, description="What this process does of web, bot and jobs; all of it by default."
    )
    proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)] = Field(
        (ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks of the proxies in front, whose word on a visitor's address is taken.",
    )
    public_url: Address | None = Field(None, description="How the world reaches the shop, e.g. https://shop.example.")
    data_dir: Path = Field(Path("var"), description="Where SQLite files live.")
    database_url: Annotated[str, AfterValidator(_known_database)] | None = Field(
        None, description="postgres://...; SQLite in DATA_DIR when empty."
    )
    database_pool: int = Field(8, ge=1, le=100, description="Connections to PostgreSQL.")
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field(
        "FULL", description="FULL keeps the last commits through a power cut; NORMAL is faster and safe for a crash."
    )

    telegram_token: Annotated[str, AfterValidator(_token)] | None = Field(
        None, description="Token of @BotFather; without it only the browser chat is open."
    )
    telegram_api: Address = Field(
        "https://api.telegram.org", description="Bot API server; your own one may stand here."
    )
    desk_group: int | None = Field(
        None, description="Number of the agents' group in Telegram, with topics on; each case has a topic there."
    )
    provider_token: str | None = Field(None, description="Payment provider token of @BotFather for Telegram invoices.")
    webchat: bool = Field(True, description="Whether the browser chat is open.")

    shop_name: str = Field("Pindan", min_length=1, max_length=64, description="Name of the shop.")
    currency: Annotated[str, AfterValidator(_known_currency)] = Field(
        "CNY", description="ISO 4217 code of the shop's prices."
    )
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        "Asia/Shanghai", description="IANA time zone in which dates and hours are told."
    )
    default_language: Literal["en", "zh_Hans", "ru", "ar"] = Field(
        "en", description=f"Language of those whose client speaks none of {', '.join(LANGUAGES)}."
    )
    payment_minutes: int = Field(30, ge=1, le=1440, description="How long an unpaid order holds stock and points.")
    point_minor: int = Field(1, ge=1, description="What one point is worth, in minor units.")
    points_percent: int = Field(
        50, ge=0, le=100, description="Most of an order's goods that points may pay; points-only gifts are free of it."
    )
    minimum_charge_minor: int = Field(100, ge=1, description="Least amount that the payment provider takes.")
    star_minor: int = Field(
        0,
        ge=0,
        description="What one Telegram Star is worth, in minor units; 0: in Telegram digital goods cost points only.",
    )
    points_life_days: int = Field(
        365,
        ge=0,
        le=3650,
        description="Days that points live, earned or given, to the end of the last one; 0: they never end.",
    )
    points_end_with_year: bool = Field(
        False, description="Whether points live on to the end of the calendar year in which they would end."
    )
    points_grace_days: int = Field(
        7, ge=1, le=365, description="Days that points live on which come back after they have ended."
    )
    points_reminder_days: int = Field(
        14, ge=0, le=365, description="Days before their points end that customers are reminded; 0: they are not."
    )
    return_days: int = Field(
        7, ge=0, le=365, description="Days after delivery in which goods may come back; what they earned waits as long."
    )
    ship_within_days: int = Field(
        3,
        ge=0,
        le=90,
        description="Days from confirmation in which an order leaves; later it is told, 0: nobody looks.",
    )
    parcel_silent_days: int = Field(
        7, ge=0, le=90, description="Days without news after which a parcel is looked for; 0: nobody looks."
    )
    points_send_daily: int = Field(
        0, ge=0, description="Most points that a customer may send to friends a day; 0: none."
    )
    points_spend_daily: int = Field(
        0, ge=0, description="Most points that a customer may use in place of money a day; 0: as many as she has."
    )
    tax_basis_points: int = Field(
        0, ge=0, le=10_000, description="Tax in hundredths of a percent (1300 is 13%), shown on summary and receipt."
    )
    tax_added: bool = Field(False, description="Whether tax comes on top of the prices; else it is in them.")
    coupon_after_return: Literal["keep", "withdraw"] = Field(
        "keep", description="Whether a coupon stays when what is kept of an order no longer reaches its minimum."
    )
    commission_basis_points: int = Field(
        0,
        ge=0,
        le=10_000,
        description="What the shop keeps of merchants' sales, in hundredths of a percent; each may have a rate of its own.",
    )
    welcome_points: int = Field(0, ge=0, description="Points that a new customer is given; the demo gives 2,310.")
    api_per_minute: int = Field(600, ge=1, description="Calls a minute that one API key may make.")
    webhooks_to_loopback: bool = Field(
        False, description="Whether webhooks may also go to http on this machine itself, for trying them out."
    )
    desk_codes: bool = Field(
        True, description="Whether agents sign in with a one-time code beside their password; the demo does without."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people, or JSON for programs.")
    metrics_token: str | None = Field(
        None, min_length=16, description="What opens /metrics from other machines, as a bearer token; else none does."
    )

    @model_validator(mode="after")
    def _database_in_data_dir(self) -> "Settings":
        if self.database_url is None:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir / 'shop.sqlite3'}")
        return self

    @classmethod
    def with_defaults(cls, **defaults: object) -> "Settings":
        """Settings whose defaults are these; the environment and .env come before them."""
        chosen = cls.model_validate({}).model_fields_set
        return cls.model_validate({name: value for name, value in defaults.items() if name not in chosen})

    @property
    def webhook(self) -> bool:
        """Telegram pushes updates when it can reach us by https; else we poll."""
        return self.public_url is not None and self.public_url.startswith("https://")

    @property
    def address(self) -> str:
        """How links to the shop begin."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

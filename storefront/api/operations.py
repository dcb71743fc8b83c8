"""An operation of the API: a function whose types say what it takes and gives, and who may call it.

What is read from the types here is checked at every call and told in the OpenAPI document: nothing is said twice.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ValidationError

from storefront import partners
from storefront.api.limits import Limiter
from storefront.api.problems import Mistake, Problem
from storefront.partners import Caller, Scope

LIMITER: web.AppKey[Limiter] = web.AppKey("limiter", Limiter)
LINK_ADDRESS: web.AppKey[str] = web.AppKey("link_address", str)
_MISTAKES_MAX = 20

Model = TypeVar("Model", bound=BaseModel)
Function = Callable[..., Awaitable[BaseModel | None]]


@dataclass(frozen=True)
class Call:
    """One call of an operation: which partner calls, and how links to the chat begin."""

    partner_id: int
    chat: str


class Operation:
    """What one route does: `answer` checks who calls and what is asked, and answers what the function returns.

    The function's parameters: `call` (always), and `path`, `query`, `body` where it has them, each a pydantic model.
    """

    def __init__(self, function: Function, scope: Scope) -> None:
        hints = get_type_hints(function)
        self.function, self.scope = function, scope
        self.name = function.__name__
        self.summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\n")
        self.description = rest
        self.path: type[BaseModel] | None = hints.get("path")
        self.query: type[BaseModel] | None = hints.get("query")
        self.body: type[BaseModel] | None = hints.get("body")
        self.gives: type[BaseModel] | None = hints["return"] if hints["return"] is not type(None) else None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        caller = await self._caller(request)
        wishes: dict[str, BaseModel] = {}
        if self.path is not None:
            wishes["path"] = _checked(self.path, request.match_info, missing=404)
        if self.query is not None:
            wishes["query"] = _checked(self.query, request.query)
        if self.body is not None:
            wishes["body"] = await _read(self.body, request)
        answer = await self.function(Call(caller.partner_id, request.app[LINK_ADDRESS]), **wishes)
        if answer is None:
            return web.Response(status=204)
        return web.Response(body=answer.model_dump_json(), content_type="application/json")

    async def _caller(self, request: web.Request) -> Caller:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise partners.WrongKey
            caller = await partners.identify(key.strip())
        except partners.WrongKey as unknown:
            headers = {"WWW-Authenticate": 'Bearer realm="api"'}
            raise Problem(401, "Send a key of yours: Authorization: Bearer pk_...", headers=headers) from unknown
        if wait_s := await request.app[LIMITER].wait_s(caller.key_id):
            raise Problem(429, f"Too many calls. Call again in {wait_s} s.", headers={"Retry-After": str(wait_s)})
        if self.scope not in caller.scopes:
            raise Problem(403, f"This key may not do that: it lacks the scope {self.scope}.")
        return caller


def operation(scope: Scope) -> Callable[[Function], Operation]:
    """Make a function an operation that keys with this scope may call."""
    return lambda function: Operation(function, scope)


async def _read(model: type[Model], request: web.Request) -> Model:
    if request.content_type != "application/json":
        raise Problem(415, "Send JSON, with Content-Type: application/json.")
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise Problem(400, f"The body is not JSON: {error.errors()[0]['msg']}.") from None
        raise Problem(422, "The body is not as the document says.", errors=_mistakes(error, "/")) from None


def _checked(model: type[Model], told: Mapping[str, Any], missing: int | None = None) -> Model:
    try:
        return model.model_validate(dict(told))
    except ValidationError as error:
        if missing is not None:
            raise Problem(missing, "There is nothing at this address.") from None
        raise Problem(422, "The query is not as the document says.", errors=_mistakes(error, "?")) from None


def _mistakes(error: ValidationError, first: str) -> list[Mistake]:
    return [
        Mistake(pointer=first + "/".join(str(part) for part in problem["loc"]), detail=problem["msg"])
        for problem in error.errors(include_url=False, include_input=False)[:_MISTAKES_MAX]
    ]

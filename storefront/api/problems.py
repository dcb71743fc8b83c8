"""Saying no to a machine: problem details in JSON (RFC 9457)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from storefront.kernel import ids
from storefront.kernel.errors import NotFound, Refusal
from storefront.kernel.texts import Texts
from storefront.partners import NotLinked

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Mistake(BaseModel):
    """What is wrong at one place of the request."""

    pointer: str = Field(description="Where: a JSON pointer into the body, or `?name` for a query parameter.")
    detail: str


class ProblemDetails(BaseModel):
    """Why a call was not answered with what it asked for (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The name of the status.")
    status: int
    detail: str = Field(description="What is the matter with this very call.")
    errors: list[Mistake] = Field(default=[], description="Each mistake in the request, the first twenty.")
    reference: str | None = Field(None, description="To be told to the shop after a crash.")


class Problem(Exception):
    """A call ends with this status."""

    def __init__(
        self, status: int, detail: str, *, errors: Sequence[Mistake] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers or {}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers every refusal, missing route and crash of the API."""
    try:
        return await handler(request)
    except Problem as problem:
        return _answer(problem)
    except Refusal as refusal:
        status = HTTPStatus.NOT_FOUND if isinstance(refusal, NotFound | NotLinked) else HTTPStatus.CONFLICT
        return _answer(Problem(status, Texts("en").refusal(refusal)))
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _answer(Problem(error.status, _TOLD.get(error.status, error.reason), headers=headers))
    except Exception as error:
        if isinstance(error, ConnectionError) and request.transport is None:
            # The partner has left in the middle of what it was saying.
            raise
        reference = ids.code(6)
        log.exception("api.crashed", reference=reference)
        return _answer(Problem(500, "Something went wrong on our side, and we are sorry."), reference)


_TOLD = {
    404: "There is nothing at this address.",
    405: "This address does not know this method.",
    413: "The body is longer than 1 MiB: send less at once.",
}


def _answer(problem: Problem, reference: str | None = None) -> web.Response:
    details = ProblemDetails(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        errors=list(problem.errors),
        reference=reference,
    )
    return web.Response(
        body=details.model_dump_json(exclude_defaults=False, exclude_none=True),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )

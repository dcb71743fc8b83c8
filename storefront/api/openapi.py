"""The OpenAPI document, made from the list of routes and the types of what they call."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from storefront.api.operations import Operation
from storefront.api.points import RedemptionOut
from storefront.api.problems import CONTENT_TYPE, ProblemDetails

DOCUMENT: web.AppKey[dict[str, Any]] = web.AppKey("document", dict)
_PLACE = re.compile(r"\{(\w+)[^}]*\}")
_REFERENCE = "#/components/schemas/{model}"


async def show(request: web.Request) -> web.Response:
    """The document."""
    return web.json_response(request.app[DOCUMENT])


def document(app: web.Application, *, prefix: str) -> dict[str, Any]:
    """The document of an app's operations."""
    routes = [
        (route, operation)
        for route in app.router.routes()
        if isinstance(operation := getattr(route.handler, "__self__", None), Operation) and route.method != "HEAD"
    ]
    schemas = _Schemas(operation for _, operation in routes)
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in routes:
        address = _PLACE.sub(r"{\1}", route.resource.canonical if route.resource else "")
        paths.setdefault(prefix + address, {})[route.method.lower()] = _told(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pindan for partners", "version": "1", "description": _ABOUT},
        "paths": paths,
        "webhooks": {"redemption": {"post": _webhook(schemas)}},
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


_ABOUT = (
    "Points for the customers of a partner. Whatever may be sent twice counts once."
    " A call that is not answered with what it asks for is answered with problem details (RFC 9457)."
)


class _Schemas:
    """The models that the operations speak of, as JSON schemas."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
            (ProblemDetails, "serialization"): None,
            (RedemptionOut, "serialization"): None,
        }
        for operation in operations:
            for model in (operation.path, operation.query, operation.body):
                if model is not None:
                    wanted[model, "validation"] = None
            if operation.gives is not None:
                wanted[operation.gives, "serialization"] = None
        self._references, told = models_json_schema(list(wanted), ref_template=_REFERENCE)
        self.definitions: dict[str, Any] = told["$defs"]

    def of(self, model: type[BaseModel], mode: JsonSchemaMode) -> Mapping[str, Any]:
        """The reference to a model's schema."""
        return self._references[model, mode]

    def parameters(self, model: type[BaseModel] | None, place: str) -> list[dict[str, Any]]:
        """A model's fields as parameters."""
        if model is None:
            return []
        schema = self.definitions[model.__name__]
        needed = schema.get("required", [])
        return [
            {"name": name, "in": place, "required": name in needed, "schema": told}
            for name, told in schema["properties"].items()
        ]


def _told(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope}`.".strip(),
        "security": [{"key": []}],
        "parameters": schemas.parameters(operation.path, "path") + schemas.parameters(operation.query, "query"),
        "responses": {**_answer(operation, schemas), **_problems(operation, schemas)},
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.of(operation.body, "validation")}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _answer(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    if operation.gives is None:
        return {"204": {"description": "Done."}}
    content = {"application/json": {"schema": schemas.of(operation.gives, "serialization")}}
    return {"200": {"description": (operation.gives.__doc__ or "").strip(), "content": content}}


def _problems(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    statuses = {
        401: "No key, or none that is known.",
        403: "The key lacks the scope.",
        429: "Too many calls: `Retry-After` says how many seconds to wait.",
        500: "A crash of ours; `reference` names it.",
    }
    if operation.path is not None:
        statuses[404] = "No such customer."
    if operation.query is not None:
        statuses[422] = "The query is not as described here."
    if operation.body is not None:
        statuses |= {
            400: "The body is not JSON.",
            413: "The body is longer than 1 MiB.",
            415: "The body does not say that it is JSON.",
            422: "The body is not as described here; nothing of it was done.",
        }
    content = {CONTENT_TYPE: {"schema": schemas.of(ProblemDetails, "serialization")}}
    return {str(status): {"description": told, "content": content} for status, told in sorted(statuses.items())}


def _webhook(schemas: _Schemas) -> dict[str, Any]:
    content = {"application/json": {"schema": schemas.of(RedemptionOut, "serialization")}}
    return {
        "summary": "What became of your customers' points",
        "description": "Signed by the Standard Webhooks scheme. Answer 2xx within 10 s once you have kept it.",
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "Taken: it is not sent again."}},
    }

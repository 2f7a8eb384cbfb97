"""Refuses query parameters that a call does not have, so that none is ever ignored."""

import collections.abc
import typing
from collections import Counter
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.errors import UnknownParameterError


async def refuse_unknown_parameters(request: Request) -> None:
    """Compare the query with what the route declares; a dependency of every call.

    Raises:
        UnknownParameterError: a name is unknown, or given more often than once for one value.
    """
    route = request.scope["route"]
    given = Counter(name for name, _ in request.query_params.multi_items())
    if not given or not isinstance(route, APIRoute):
        return
    declared = _declared(route)
    unknown = [name for name in given if name not in declared]
    if unknown and not _leaves_names_open(route):
        named = " or ".join(repr(name[:80]) for name in unknown[:5])
        known = ", ".join(declared) or "none"
        raise UnknownParameterError(
            f"{request.method} {request.url.path} has no query parameter {named}; it has {known}.",
            unknown,
            list(declared),
        )
    for name, takes_several in declared.items():
        if given[name] > 1 and not takes_several:
            raise UnknownParameterError(
                f"{name}: given {given[name]} times; once is enough.", [name], list(declared)
            )


def _models_of(route: APIRoute) -> list[type[BaseModel]]:
    annotations = [field.field_info.annotation for field in route.dependant.query_params]
    return [each for each in annotations if isinstance(each, type) and issubclass(each, BaseModel)]


def _leaves_names_open(route: APIRoute) -> bool:
    """True where a query takes the options of a method, which refuses those of others itself."""
    return any(model.model_config.get("extra") == "allow" for model in _models_of(route))


def _declared(route: APIRoute) -> dict[str, bool]:
    """The names of a route's query parameters, and whether each takes several values."""
    models = _models_of(route)
    single = [
        (field.alias, field.field_info.annotation)
        for field in route.dependant.query_params
        if field.field_info.annotation not in models
    ]
    of_models = [
        (part.alias or name, part.annotation)
        for model in models
        for name, part in model.model_fields.items()
    ]
    return {name: _takes_several(annotation) for name, annotation in [*single, *of_models]}


def _takes_several(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    if isinstance(origin, type) and origin is not str:
        return issubclass(origin, collections.abc.Collection) and not issubclass(origin, bytes)
    return any(_takes_several(choice) for choice in typing.get_args(annotation))

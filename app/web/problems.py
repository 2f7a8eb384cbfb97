"""The one place where errors become answers: RFC 9457 problem details.

Every error that leaves the server goes through `problem_response`; `type` is a stable slug.
"""

import logging
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.errors import (
    BodyTooLargeError,
    BodyTooSlowError,
    BusyError,
    CheckpointTooLargeError,
    ClientLeftError,
    ForeignPageError,
    HeadTooSlowError,
    InvalidParameterError,
    InvalidUnitError,
    MalformedRequestError,
    MissingTokenError,
    ModelTooLargeError,
    ModelUploadsOffError,
    NameTakenError,
    NoScoresError,
    NotAMapError,
    NotReadyError,
    NotYourModelError,
    PicturesTooLargeError,
    RequestTooLargeError,
    RequestTooSlowError,
    RunElsewhereError,
    RunEndedError,
    RunGoesOnError,
    StorageFullError,
    TimeLimitError,
    TooManyGuessesError,
    TrainingBusyError,
    TrainingOffError,
    UnknownCheckpointError,
    UnknownDataError,
    UnknownHostError,
    UnknownImageError,
    UnknownParameterError,
    UnknownRunError,
    UnsupportedMediaTypeError,
)
from app.inspection.errors import (
    ComplexValuesError,
    InvalidAttributionLayerError,
    InvalidOptionError,
    NoFiltersError,
    NotAUnitError,
    NotExportableError,
    UnknownLayerError,
    UnknownMethodError,
)
from app.web import pages
from app.web.json_answers import JSONResponse
from models.data.dataset import UnusableDataError
from models.errors import (
    BadImageError,
    CheckpointRefusedError,
    ExpressionRefusedError,
    ImageTooLargeError,
    NoSuchPreparationError,
    UnknownModelError,
    UnsupportedImageError,
    WeightsDamagedError,
    WeightsUnavailableError,
)

MEDIA_TYPE = "application/problem+json"

# What is told again of what a client sent, in characters, and how many faults of it.
_LONGEST_ECHO = 80
_LONGEST_REASON = 1_000
_MOST_ERRORS = 20
# Looks only so far into what is nested, and never at all of what is long.
_ECHO = reprlib.Repr()
_ECHO.maxstring = _ECHO.maxlong = _ECHO.maxother = _LONGEST_ECHO

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What went wrong, for a person (`title`, `detail`) and for a program (`type`, extras)."""

    type: str
    title: str
    status: HTTPStatus
    detail: str
    extras: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457; some problems carry further members.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "A stable slug."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what would be right."},
    },
}


@dataclass(frozen=True)
class _Kind:
    """How errors of one class are answered."""

    type: str
    title: str
    status: HTTPStatus


_KINDS: dict[type[Exception], _Kind] = {
    UnknownModelError: _Kind("unknown-model", "Unknown model", HTTPStatus.NOT_FOUND),
    UnknownLayerError: _Kind("unknown-layer", "Unknown layer", HTTPStatus.NOT_FOUND),
    NotExportableError: _Kind(
        "not-exportable", "Layers cannot be shown", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    InvalidUnitError: _Kind("invalid-unit", "No such unit", HTTPStatus.UNPROCESSABLE_ENTITY),
    UnknownMethodError: _Kind("unknown-method", "Unknown method", HTTPStatus.NOT_FOUND),
    InvalidAttributionLayerError: _Kind("not-a-map", "Not a map", HTTPStatus.UNPROCESSABLE_ENTITY),
    InvalidOptionError: _Kind(
        "invalid-parameter", "Invalid parameter", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    NoSuchPreparationError: _Kind(
        "invalid-parameter", "Invalid parameter", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    NoScoresError: _Kind("no-scores", "No class scores", HTTPStatus.UNPROCESSABLE_ENTITY),
    NotAMapError: _Kind("not-a-map", "Not a map", HTTPStatus.UNPROCESSABLE_ENTITY),
    ComplexValuesError: _Kind("complex-values", "Complex numbers", HTTPStatus.UNPROCESSABLE_ENTITY),
    NotAUnitError: _Kind("not-a-unit", "Not one number", HTTPStatus.UNPROCESSABLE_ENTITY),
    NoFiltersError: _Kind("no-filters", "No filters", HTTPStatus.UNPROCESSABLE_ENTITY),
    UnknownImageError: _Kind("unknown-image", "Unknown picture", HTTPStatus.NOT_FOUND),
    BadImageError: _Kind("bad-image", "Not a readable picture", HTTPStatus.BAD_REQUEST),
    UnsupportedImageError: _Kind(
        "unsupported-image", "Kind of picture not read here", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    ),
    ImageTooLargeError: _Kind(
        "image-too-large", "Picture too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    BodyTooLargeError: _Kind(
        "image-too-large", "Picture too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    CheckpointTooLargeError: _Kind(
        "checkpoint-too-large", "Checkpoint too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    CheckpointRefusedError: _Kind(
        "bad-checkpoint", "Cannot be opened as a network", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    UnknownCheckpointError: _Kind("unknown-checkpoint", "Unknown checkpoint", HTTPStatus.NOT_FOUND),
    ModelUploadsOffError: _Kind(
        "model-uploads-off", "No networks are taken here", HTTPStatus.FORBIDDEN
    ),
    NameTakenError: _Kind("name-taken", "Name taken", HTTPStatus.CONFLICT),
    NotYourModelError: _Kind("not-yours", "Cannot be changed", HTTPStatus.CONFLICT),
    StorageFullError: _Kind("storage-full", "No room left", HTTPStatus.INSUFFICIENT_STORAGE),
    RequestTooLargeError: _Kind(
        "body-too-large", "Request body too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    BodyTooSlowError: _Kind("request-timeout", "Request too slow", HTTPStatus.REQUEST_TIMEOUT),
    HeadTooSlowError: _Kind("request-timeout", "Request too slow", HTTPStatus.REQUEST_TIMEOUT),
    MalformedRequestError: _Kind("malformed-request", "Not HTTP", HTTPStatus.BAD_REQUEST),
    RequestTooSlowError: _Kind("request-timeout", "Request too slow", HTTPStatus.REQUEST_TIMEOUT),
    InvalidParameterError: _Kind(
        "invalid-parameter", "Invalid parameter", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    UnknownParameterError: _Kind(
        "invalid-parameter", "Invalid parameter", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    UnknownHostError: _Kind("unknown-host", "Not this server", HTTPStatus.MISDIRECTED_REQUEST),
    ForeignPageError: _Kind("foreign-page", "Asked by another site", HTTPStatus.FORBIDDEN),
    MissingTokenError: _Kind("token-required", "Token required", HTTPStatus.UNAUTHORIZED),
    TooManyGuessesError: _Kind(
        "too-many-guesses", "Too many wrong tokens", HTTPStatus.TOO_MANY_REQUESTS
    ),
    UnsupportedMediaTypeError: _Kind(
        "unsupported-media-type", "Unsupported media type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    ),
    WeightsUnavailableError: _Kind(
        "weights-unavailable", "Weights not available", HTTPStatus.SERVICE_UNAVAILABLE
    ),
    WeightsDamagedError: _Kind(
        "weights-damaged", "Weights damaged", HTTPStatus.SERVICE_UNAVAILABLE
    ),
    ModelTooLargeError: _Kind(
        "model-too-large", "Model too large for this server", HTTPStatus.SERVICE_UNAVAILABLE
    ),
    UnusableDataError: _Kind(
        "bad-pictures", "Cannot be trained on", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    PicturesTooLargeError: _Kind(
        "pictures-too-large", "Too many bytes of pictures", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    UnknownDataError: _Kind("unknown-data", "Unknown pictures", HTTPStatus.NOT_FOUND),
    UnknownRunError: _Kind("unknown-run", "Unknown training run", HTTPStatus.NOT_FOUND),
    RunElsewhereError: _Kind(
        "run-elsewhere", "Training run is not this server's", HTTPStatus.CONFLICT
    ),
    RunEndedError: _Kind("run-ended", "Training run is over", HTTPStatus.CONFLICT),
    RunGoesOnError: _Kind("run-goes-on", "Training run is not over", HTTPStatus.CONFLICT),
    ExpressionRefusedError: _Kind(
        "invalid-expression", "Not an expression", HTTPStatus.UNPROCESSABLE_ENTITY
    ),
    TrainingOffError: _Kind("training-off", "No training here", HTTPStatus.FORBIDDEN),
    TrainingBusyError: _Kind("busy", "Server busy", HTTPStatus.SERVICE_UNAVAILABLE),
    TimeLimitError: _Kind("time-limit", "Takes too long", HTTPStatus.SERVICE_UNAVAILABLE),
    BusyError: _Kind("busy", "Server busy", HTTPStatus.SERVICE_UNAVAILABLE),
    NotReadyError: _Kind("not-ready", "Not ready", HTTPStatus.SERVICE_UNAVAILABLE),
}

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HTTP_SLUGS = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
}


def document_of(problem: Problem) -> dict[str, Any]:
    """The problem, ready for JSON."""
    return {
        "type": problem.type,
        "title": problem.title,
        "status": int(problem.status),
        "detail": problem.detail,
        **problem.extras,
    }


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as `application/problem+json`."""
    return JSONResponse(
        document_of(problem),
        status_code=int(problem.status),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def documented(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route in OpenAPI: the problems it may answer with, by status."""
    kinds = {kind.type: kind for kind in _KINDS.values()}
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in (kinds[slug] for slug in dict.fromkeys(slugs)):
        content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        response = responses.setdefault(
            int(kind.status), {"description": "", "content": {MEDIA_TYPE: content}}
        )
        response["description"] = " or ".join(filter(None, [response["description"], kind.title]))
        response["content"][MEDIA_TYPE]["examples"][kind.type] = {
            "$ref": f"#/components/examples/{kind.type}"
        }
    return responses


def documented_components() -> dict[str, dict[str, Any]]:
    """The `components` of the OpenAPI document that `documented` refers to."""
    examples = {
        kind.type: {
            "value": {
                "type": kind.type,
                "title": kind.title,
                "status": int(kind.status),
                "detail": "What was wrong and what would be right, in words.",
            }
        }
        for kind in _KINDS.values()
    }
    return {"schemas": {"Problem": _PROBLEM_SCHEMA}, "examples": examples}


def _extras_of(error: Exception) -> dict[str, Any]:  # noqa: PLR0911  one a kind of error
    match error:
        case UnknownModelError():
            return {"model": error.model_id, "close_matches": error.close_matches}
        case UnknownLayerError():
            return {
                "layer": error.layer_id,
                "close_matches": error.close_matches,
                "layers": error.choices,
            }
        case NotExportableError():
            return {"network": error.network, "cause": error.cause, "location": error.location}
        case ComplexValuesError() | NotAUnitError():
            return {"layer": error.layer_id}
        case NoFiltersError():
            return {"layer": error.layer_id, "nearest": error.nearest}
        case UnknownImageError():
            return {"image": error.image_id}
        case WeightsUnavailableError():
            return {
                "model": error.model_id,
                "file_name": error.file_name,
                "directories": error.directories,
                "downloadable": error.downloadable,
                "random_model": f"{error.model_id.split('.')[0]}.random",
            }
        case _:
            return getattr(error, "extras", {})


def _headers_of(error: Exception) -> dict[str, str]:
    match error:
        case BusyError():
            return {"Retry-After": str(error.retry_after_s)}
        case (
            BodyTooLargeError()
            | RequestTooLargeError()
            | BodyTooSlowError()
            | RequestTooSlowError()
        ):
            # What is left of the body will not be read.
            return {"Connection": "close"}
        case MissingTokenError():
            return {"WWW-Authenticate": 'Bearer realm="Convscope"'}
        case _:
            return {}


def problem_of(error: Exception) -> Problem:
    """The problem that a typed error stands for."""
    kind = _KINDS[type(error)]
    return Problem(
        kind.type, kind.title, kind.status, str(error), _extras_of(error), _headers_of(error)
    )


def problem_of_any(error: Exception, where: str = "A computation") -> Problem:
    """The problem of a typed error; any other goes to the log and tells nobody what it was."""
    if type(error) in _KINDS:
        return problem_of(error)
    _logger.error("%s failed", where, exc_info=error)
    return Problem(
        "internal-error",
        "Internal error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong in the server, not in your request. Its log says what.",
    )


def _answer_typed(_: Request, error: Exception) -> Response:
    return problem_response(problem_of(error))


def _answer_validation(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    errors = [
        {
            "parameter": ".".join(str(part)[:_LONGEST_ECHO] for part in item["loc"][1:]),
            # It may tell again what it found.
            "reason": item["msg"][:_LONGEST_REASON],
            # A representation, because NaN and infinity are not JSON.
            "value": _ECHO.repr(item.get("input"))[:_LONGEST_ECHO],
        }
        for item in found[:_MOST_ERRORS]
    ]
    detail = "; ".join(f"{e['parameter']}: {e['reason']} (got {e['value']})" for e in errors)
    if len(found) > _MOST_ERRORS:
        detail += f"; and {len(found) - _MOST_ERRORS:,} more"
    kind = _KINDS[InvalidParameterError]
    return problem_response(Problem(kind.type, kind.title, kind.status, detail, {"errors": errors}))


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    # What FastAPI says of a body that has the form of JSON, as far as anybody looked.
    if status is HTTPStatus.BAD_REQUEST and (reason := _unreadable(error.__cause__)):
        return problem_response(problem_of(InvalidParameterError(f"The body {reason}.")))
    detail = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}; /docs lists what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}.",
    }.get(status, str(error.detail))
    slug = _HTTP_SLUGS.get(status, "http-error")
    headers = dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_at(request))
    # What is beneath /api speaks to programs, whoever asks.
    if status in _HTTP_SLUGS and not request.url.path.startswith("/api/"):
        headers["Vary"] = "Accept"
        if _prefers_page(request.headers.get("accept", "")):
            return pages.refusal(request, status, detail, headers)
    return problem_response(Problem(slug, status.phrase, status, detail, headers=headers))


def _methods_at(request: Request) -> list[str]:
    """What all the routes of an address take; the framework names the methods of the first."""
    routes = request.app.routes
    found = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    # Which `app.web.head` answers.
    return ["HEAD", *found] if "GET" in found else found


def _prefers_page(accept: str) -> bool:
    """Whether a client would rather have HTML than JSON; one that takes anything would not."""
    weights: dict[str, float] = {}
    for each in accept.lower().split(","):
        media_type, *parameters = [part.strip() for part in each.split(";")]
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weights[media_type] = float(quality)
        except ValueError:
            weights[media_type] = 0.0
    of_any = weights.get("*/*", 0.0)
    of_json = max(
        weights.get(name, weights.get("application/*", of_any))
        for name in ("application/json", MEDIA_TYPE)
    )
    return weights.get("text/html", 0.0) > of_json


def _unreadable(cause: BaseException | None) -> str | None:
    """Why Python reads no document from a body; None where that was not what failed."""
    match cause:
        case RecursionError():
            return "is nested too deeply"
        case UnicodeDecodeError():
            return "is JSON in no Unicode encoding"
        case ValueError():
            return f"has a whole number of more than {sys.get_int_max_str_digits():,} digits"
        case _:
            return None


def _answer_unexpected(request: Request, error: Exception) -> Response:
    # Quoted, or a client would write its own control characters into the log.
    where = f"{request.method} {quote(request.url.path)}"
    return problem_response(problem_of_any(error, where))


def _answer_nobody(_: Request, __: Exception) -> Response:
    return Response(status_code=499)


def install(application: FastAPI) -> None:
    """Make the application answer every error with a problem."""
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        **dict.fromkeys(_KINDS, _answer_typed),
        RequestValidationError: _answer_validation,
        HTTPException: _answer_http,
        ClientLeftError: _answer_nobody,
        Exception: _answer_unexpected,
    }
    for error_class, handler in handlers.items():
        application.add_exception_handler(error_class, handler)

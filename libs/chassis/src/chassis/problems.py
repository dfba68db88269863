"""Errors at the edge: one tree of exceptions in, RFC 9457 out.

A service derives its errors from `ServiceError`. Whatever else escapes is a 500 that says nothing of its
cause but the request's id, which the log knows.
"""

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.logging import get_logger

log = get_logger("http")

MEDIA_TYPE = "application/problem+json"


def problem_body(status: int, code: str, detail: str, request_id: str) -> bytes:
    """Return the body of a problem."""
    return orjson.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "request_id": request_id,
        }
    )


def problem(request: Request, status: int, code: str, detail: str, **headers: str) -> Response:
    """Return a problem as a response to `request`."""
    request_id = str(request.scope.get("request_id", ""))
    body = problem_body(status, code, detail, request_id)
    return Response(body, status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Turn every error of `app` into a problem."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unexpected)


async def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)  # noqa: S101  (Starlette dispatches by type)
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if error.retry_after_s else {}
    return problem(request, error.status, error.code, error.detail, **error.headers, **headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    phrase = HTTPStatus(error.status_code).phrase
    headers: dict[str, str] = dict(error.headers or {})
    return problem(request, error.status_code, phrase.lower().replace(" ", "_"), str(error.detail), **headers)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return problem(request, 422, "invalid_request", "; ".join(map(_fault, error.errors())))


def _fault(fault: Any) -> str:
    return f"{'.'.join(map(str, fault['loc'][1:]))}: {fault['msg']}"


async def _unexpected(request: Request, error: Exception) -> Response:
    # The trace itself is uvicorn's to log: Starlette raises again behind this handler.
    log.error(
        "request.failed", path=request.url.path, request_id=request.scope.get("request_id"), error=repr(error)
    )
    return problem(request, 500, "internal", "Something went wrong on our side.")

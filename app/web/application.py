"""The application with what every request passes before a route sees it."""

from threading import Lock
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.settings import Settings
from app.web import examples
from app.web.access import TokenCheck, TokenTaken
from app.web.body_limit import ReadableAnswers
from app.web.cookies import CookiesTaken
from app.web.foreign_pages import ForeignPageCheck
from app.web.head import HeadAnswers
from app.web.hosts import HostCheck, is_loopback, names_of
from app.web.problems import documented_components
from app.web.security import SecurityHeaders
from app.web.server_paths import PathsUntold


class GuardedApplication(FastAPI):
    """Guards stand around everything, the answers to unexpected errors among it.

    What is added with `add_middleware` stands inside of those answers, where their headers would
    be missing.

    Args:
        listening_on: the address or name; without any, this machine alone.
    """

    def __init__(self, settings: Settings, listening_on: str, **options: Any) -> None:
        self._settings = settings
        self._listening_on = listening_on
        self._describing = Lock()
        super().__init__(**options)

    def openapi(self) -> dict[str, Any]:
        """FastAPI's document, and in it what every problem refers to; made once."""
        with self._describing:
            if self.openapi_schema is None:
                document = super().openapi()
                for kind, components in documented_components().items():
                    document["components"].setdefault(kind, {}).update(components)
                examples.put_into(document)
            return self.openapi_schema or {}

    def build_middleware_stack(self) -> ASGIApp:
        settings, host = self._settings, self._listening_on
        application = super().build_middleware_stack()
        application = PathsUntold(application, settings, loopback_only=is_loopback(host))
        application = HeadAnswers(application)
        if settings.token is not None:
            application = TokenCheck(application, settings.token.get_secret_value())
        application = CookiesTaken(ForeignPageCheck(application))
        application = HostCheck(application, names_of(settings, host))
        if settings.token is not None:
            application = TokenTaken(application, in_path=settings.session_addresses)
        return SecurityHeaders(ReadableAnswers(application, settings.upload_timeout_s))

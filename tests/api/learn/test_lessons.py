"""The two ways in which lessons are answered, with lessons of this file's own."""

import asyncio
import json
import threading

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from app.api.learn.lessons import LessonResult, lesson, watched_lesson
from app.inspection.progress import Progress
from app.main import create_app
from app.settings import Settings


class Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    numbers: list[float] = Field(max_length=10)


class Total(BaseModel):
    total: float
    thread: str


router = APIRouter()


@lesson(router, "/learn/total", document=Total, summary="Adds up")
def add_up(body: Numbers) -> Total:
    return Total(total=sum(body.numbers), thread=threading.current_thread().name)


@watched_lesson(router, "/learn/running-total", running="`sum`", done="`total`", summary="Adds")
def add_slowly(body: Numbers, step: Progress) -> LessonResult:
    total = 0.0
    for place, number in enumerate(body.numbers):
        total += number
        step(place + 1, len(body.numbers), {"sum": total})
    return LessonResult({"total": total}, 100)


@pytest.fixture
def lessons(settings: Settings):
    application = create_app(settings)
    application.include_router(router)
    with TestClient(application, base_url="http://127.0.0.1") as client:
        yield client


def test_a_lesson_is_computed_on_a_worker_and_answered(lessons: TestClient) -> None:
    answer = lessons.post("/learn/total", json={"numbers": [1, 2, 3.5]})
    assert answer.status_code == 200
    assert answer.json()["total"] == 6.5
    assert answer.json()["thread"].startswith("quick")


@pytest.mark.parametrize("body", [{}, {"numbers": [1] * 11}, {"numbers": [1], "more": 2}])
def test_a_body_out_of_bounds_is_refused(lessons: TestClient, body) -> None:
    for path in ("/learn/total", "/learn/running-total"):
        answer = lessons.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["type"] == "invalid-parameter"


def test_a_watched_lesson_ends_with_its_result(lessons: TestClient) -> None:
    answer = lessons.post("/learn/running-total", json={"numbers": [1, 2, 3.5]})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *earlier, last = answer.text.strip().split("\n\n")
    assert last == 'event: done\ndata: {"total": 6.5}'
    for event in earlier:
        name, data = event.split("\n")
        assert name == "event: running"
        found = json.loads(data.removeprefix("data: "))
        assert found["sum"] == [1, 3, 6.5][found["done"] - 1]


def test_who_leaves_ends_the_computation(settings: Settings) -> None:
    """Seen from the computation: its next report raises."""
    begun, ended, goes_on, was_left_alone = (threading.Event() for _ in range(4))
    endless = APIRouter()

    @watched_lesson(endless, "/learn/endless", running="nothing", done="nothing", summary="Goes on")
    def go_on(body: Numbers, step: Progress) -> LessonResult:
        try:
            step(1, 1000)
            begun.set()
            goes_on.wait(20)
            for done in range(2, 1000):
                step(done, 1000)
            was_left_alone.set()
        finally:
            ended.set()
        return LessonResult({}, 1)

    application = create_app(settings)
    application.include_router(endless)

    async def leave() -> None:
        body = json.dumps({"numbers": [1]}).encode()
        left = asyncio.Event()
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive():
            for message in sent:
                return message
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message) -> None:
            if message["type"] == "http.response.body":
                left.set()

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/learn/endless",
            "raw_path": b"/learn/endless",
            "query_string": b"",
            "scheme": "http",
            "http_version": "1.1",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        async with application.router.lifespan_context(application):
            await application(scope, receive, send)
            assert await asyncio.to_thread(begun.wait, 20)
            goes_on.set()
            assert await asyncio.to_thread(ended.wait, 20)
        assert not was_left_alone.is_set()

    asyncio.run(leave())

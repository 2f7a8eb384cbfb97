"""HEAD wherever there is a GET: its status and its headers, and nothing behind them."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from test_event_loop import NEEDED, PLACE, questions

PAGES = ["/", "/docs", "/learn", "/learn/fields", "/fields", "/train", "/compare", "/nothere"]
PLAIN = [
    "/healthz",
    "/readyz",
    "/api/v1/openapi.json",
    "/api/v1/models",
    "/api/v1/models/lenet5.mnist5k",
    "/api/v1/models/no-such-model",
    "/api/v1/examples",
    "/api/v1/images/example-chelsea",
    "/api/v1/images/example-chelsea/thumbnail",
    "/api/v1/training",
    "/api/v1/training/runs",
    "/api/v1/training/runs/none",
    "/api/v1/learn/designs",
    "/api/v1/learn/digits/3",
    "/api/v1/nothing",
    "/static/icon.svg",
    "/static/js/main.js",
]
# Those of a moment.
OWN = {"date", "set-cookie"}


def heads_of(answer: Any) -> dict[str, str]:
    return {name: text for name, text in answer.headers.items() if name not in OWN}


@pytest.mark.parametrize("path", [*PAGES, *PLAIN])
def test_head_says_what_get_says_and_sends_no_body(client: TestClient, path: str) -> None:
    for headers in ({"Accept": "text/html"}, {"Accept": "*/*"}):
        got, head = client.get(path, headers=headers), client.head(path, headers=headers)
        assert head.status_code == got.status_code
        assert heads_of(head) == heads_of(got)
        assert head.content == b""
        assert int(head.headers["content-length"]) > 0


def test_head_of_every_question_about_a_network(client: TestClient) -> None:
    asked = 0
    for name, path, query in questions(client):
        got = client.get(path, params=query)
        head = client.head(path, params=query)
        assert (head.status_code, head.content) == (got.status_code, b""), name
        assert heads_of(head) == heads_of(got), name
        asked += got.status_code == 200
    assert asked > 40
    assert NEEDED
    assert PLACE


def test_head_tells_who_holds_the_answer_so(client: TestClient) -> None:
    path = "/api/v1/models/lenet5.mnist5k/predictions?image=example-chelsea"
    tag = client.head(path).headers["etag"]
    assert client.head(path, headers={"If-None-Match": tag}).status_code == 304

"""Every error has one shape, and the OpenAPI document says which to expect."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.web.events import Event, event_stream
from app.web.problems import MEDIA_TYPE


def assert_problem(answer, status: int, slug: str) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, slug)
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_unknown_address_and_wrong_method_are_problems(client: TestClient) -> None:
    assert "/docs" in assert_problem(client.get("/api/v1/nothing"), 404, "not-found")["detail"]
    answer = client.put("/api/v1/models")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "HEAD, GET, POST"


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "way"),
    [("/nothere", "./"), ("/learn/nothing-of-this", "../"), ("/learn/a/b/", "../../../")],
)
def test_address_of_nothing_is_a_page_for_a_browser(
    client: TestClient, path: str, way: str
) -> None:
    answer = client.get(path, headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Accept" in answer.headers["vary"]
    assert path in answer.text
    for address in ("", "learn", "docs"):
        target = f"{way}{address}"
        assert f'href="{target}"' in answer.text
        # As a browser resolves it.
        assert client.get(urljoin(f"http://127.0.0.1{path}", target)).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/html",
        "text/html;q=0.5, */*",
        "image/*",
    ],
)
def test_address_of_nothing_is_a_problem_for_a_program(client: TestClient, accept: str) -> None:
    answer = client.get("/nothere", headers={"Accept": accept})
    assert "/nothere" in assert_problem(answer, 404, "not-found")["detail"]
    assert "Accept" in answer.headers["vary"]


def test_misspelt_address_is_told_which_one_is_near(client: TestClient) -> None:
    near = client.get("/Trian", headers={"Accept": BROWSER}).text
    assert 'Did you mean <a href="./train">' in near
    chapter = client.get("/learn/convolutions", headers={"Accept": BROWSER}).text
    assert "no chapter of this name" in chapter
    assert 'Did you mean <a href="../learn/convolution">' in chapter
    assert "Did you mean" not in client.get("/qqqqqq", headers={"Accept": BROWSER}).text


def test_what_an_address_does_not_take_is_said_on_a_page_too(client: TestClient) -> None:
    answer = client.post("/docs", headers={"Accept": BROWSER})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "HEAD, GET"
    assert "/docs does not take POST" in answer.text
    # Programs and people who look at the API read the same.
    assert_problem(client.get("/api/v1/no", headers={"Accept": BROWSER}), 404, "not-found")


def test_address_of_nothing_is_told_as_text(client: TestClient) -> None:
    answer = client.get("/<script>alert(1)</script>", headers={"Accept": BROWSER})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_missing_parameter_is_named(client: TestClient) -> None:
    answer = client.get("/api/v1/models/lenet5/predictions")
    problem = assert_problem(answer, 422, "invalid-parameter")
    assert problem["errors"][0]["parameter"] == "image"


def test_unexpected_failure_shows_no_traceback(settings: Settings) -> None:
    application = create_app(settings)

    @application.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret of the server")

    with TestClient(application, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert_problem(answer, 500, "internal-error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"a":' * 40_000 + "1" + "}" * 40_000, "nested too deeply"),
        (f'{{"kind": {"9" * 5_000}}}', "more than 4,300 digits"),
        (b'\xff{"kind": 1}', "no Unicode encoding"),
    ],
)
def test_json_that_python_does_not_read_is_told_by_every_route(
    client: TestClient, body, said
) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    routes = [
        (method, path, operation["responses"])
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(routes) > 10
    for method, path, responses in routes:
        answer = client.request(
            method,
            path.replace("{", "").replace("}", ""),
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert said in assert_problem(answer, 422, "invalid-parameter")["detail"], path
        assert "invalid-parameter" in responses["422"]["content"][MEDIA_TYPE]["examples"]


def test_little_is_told_again_of_much_that_is_wrong(client: TestClient) -> None:
    """Of what is nested as deep as it can be read, too."""
    nested = "[" * 900 + "]" * 900
    for body in (
        f'{{"kind": {nested}}}',
        f'{{"kind": "{"a" * 100_000}"}}',
        f'{{"kind": "confidences", "confidences": [0.5], "repeated": {"9" * 4_000}}}',
        f'{{"kind": "confidences", "confidences": [0.5], "{"b" * 100_000}": 1}}',
        json.dumps(
            {"kind": "confidences", "confidences": [0.5]} | {f"c{n}": 1 for n in range(9_000)}
        ),
        json.dumps({"kind": "codes", "p": [0.001] * 100, "q": [0.001] * 100}),
    ):
        answer = client.post(
            "/api/v1/learn/loss", content=body, headers={"Content-Type": "application/json"}
        )
        problem = assert_problem(answer, 422, "invalid-parameter")
        assert all(len(each["value"]) <= 80 for each in problem["errors"])
        assert 1 <= len(problem["errors"]) <= 20
        assert len(answer.content) < 20_000
    assert "p sums to 0.1, and not to 1" in problem["detail"]


HALF_A_CHARACTER = "\ud800"


def test_half_a_character_is_told_as_a_question_mark(client: TestClient) -> None:
    """JSON's escapes can say what UTF-8 cannot."""
    pin = {"kind": "pin", "layer": f"c{HALF_A_CHARACTER}", "channel": 0, "value": 1}
    answer = client.post(
        "/api/v1/models/lenet5.mnist5k/interventions?image=example-chelsea",
        content=json.dumps({"interventions": [pin]}),
        headers={"Content-Type": "application/json"},
    )
    problem = assert_problem(answer, 404, "unknown-layer")
    assert problem["layer"] == "c?"


def test_event_with_half_a_character_is_sent_too() -> None:
    async def events() -> AsyncGenerator[Event, None]:
        yield "done", {"name": f"{HALF_A_CHARACTER}é"}

    async def scenario() -> str:
        answer = await event_stream(events())
        return "".join([part async for part in answer.body_iterator])

    sent = asyncio.run(scenario())
    assert sent == 'event: done\ndata: {"name": "?é"}\n\n'


def test_control_characters_of_an_address_stay_out_of_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    application = create_app(settings)

    @application.get("/broken/{name}")
    async def broken(name: str) -> None:
        raise RuntimeError(str(len(name)))

    with TestClient(application, raise_server_exceptions=False) as client:
        assert client.get("/broken/%1b%5B2J%C2%85").status_code == 500
    assert "GET /broken/%1B%5B2J%C2%85 failed" in [each.message for each in caplog.records]


def test_every_operation_has_summary_example_and_error_responses(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method} {path}"
            assert operation["summary"], name
            success = next(
                response for code, response in operation["responses"].items() if code < "300"
            )
            for media_type, content in success.get("content", {}).items():
                if media_type != "application/json":
                    continue
                schema = schemas[content["schema"]["$ref"].rsplit("/", 1)[-1]]
                assert "example" in schema, f"{name} has no example"
            takes_parameters = "{" in path or operation.get("parameters") or method == "post"
            problems = [
                response
                for code, response in operation["responses"].items()
                if code >= "400" and MEDIA_TYPE in response.get("content", {})
            ]
            assert problems or not takes_parameters, f"{name} says nothing of its errors"
            for response in problems:
                assert response["content"][MEDIA_TYPE]["examples"], name


def test_documented_examples_hold_the_fields_of_their_schema(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    examples = {name: schema["example"] for name, schema in schemas.items() if "example" in schema}
    assert examples
    for name, example in examples.items():
        properties = schemas[name]["properties"]
        assert set(example) <= set(properties), name
        # FastAPI leaves null out of its document, examples included.
        for left_out in set(properties) - set(example):
            assert {"type": "null"} in properties[left_out]["anyOf"], f"{name}.{left_out}"


def test_every_route_of_the_api_is_documented(client: TestClient, settings: Settings) -> None:
    documented = set(client.get("/api/v1/openapi.json").json()["paths"])
    contract = {
        "/healthz",
        "/readyz",
        "/api/v1/models",
        "/api/v1/models/{model_id}",
        "/api/v1/checkpoints",
        "/api/v1/checkpoints/{checkpoint_id}",
        "/api/v1/models/{model_id}/events",
        "/api/v1/models/{model_id}/weights",
        "/api/v1/models/{model_id}/weights/events",
        "/api/v1/models/{model_id}/predictions",
        "/api/v1/models/{model_id}/input",
        "/api/v1/models/{model_id}/attributions",
        "/api/v1/models/{model_id}/attributions/{method}",
        "/api/v1/models/{model_id}/attributions/{method}/events",
        "/api/v1/models/{model_id}/attributions/{method}/deletion",
        "/api/v1/models/{model_id}/attributions/{method}/deletion/events",
        "/api/v1/models/{model_id}/attributions/{method}/randomisation",
        "/api/v1/models/{model_id}/attributions/{method}/randomisation/events",
        "/api/v1/models/{model_id}/attribution-agreement",
        "/api/v1/models/{model_id}/attribution-agreement/events",
        "/api/v1/models/{model_id}/decomposition",
        "/api/v1/models/{model_id}/activations",
        "/api/v1/models/{model_id}/layers/{layer_id}/activations",
        "/api/v1/models/{model_id}/layers/{layer_id}/reactions",
        "/api/v1/models/{model_id}/layers/{layer_id}/gradients",
        "/api/v1/models/{model_id}/layers/{layer_id}/gradients/weights",
        "/api/v1/models/{model_id}/layers/{layer_id}/receptive-field",
        "/api/v1/models/{model_id}/layers/{layer_id}/effective-receptive-field",
        "/api/v1/models/{model_id}/layers/{layer_id}/effective-receptive-field/events",
        "/api/v1/models/{model_id}/layers/{layer_id}/projective-field",
        "/api/v1/models/{model_id}/projective-fields",
        "/api/v1/models/{model_id}/layers/{layer_id}/filters",
        "/api/v1/models/{model_id}/layers/{layer_id}/filters/{index}/match",
        "/api/v1/models/{model_id}/layers/{layer_id}/filters/{index}/patch",
        "/api/v1/models/{model_id}/layers/{layer_id}/channels/{index}/patches",
        "/api/v1/models/{model_id}/layers/{layer_id}/projection",
        "/api/v1/models/{model_id}/layers/{layer_id}/maximisation",
        "/api/v1/models/{model_id}/layers/{layer_id}/maximisation/events",
        "/api/v1/models/{model_id}/layers/{layer_id}/ablations",
        "/api/v1/models/{model_id}/layers/{layer_id}/ablations/events",
        "/api/v1/models/{model_id}/interventions",
        "/api/v1/models/{model_id}/occlusion",
        "/api/v1/models/{model_id}/occlusion/events",
        "/api/v1/models/{model_id}/sweeps",
        "/api/v1/models/{model_id}/sweeps/events",
        "/api/v1/models/{model_id}/layers/{layer_id}/im2col",
        "/api/v1/models/{model_id}/layers/{layer_id}/units",
        "/api/v1/models/{model_id}/layers/{layer_id}/units/{channel}/{row}",
        "/api/v1/models/{model_id}/layers/{layer_id}/units/{channel}/{row}/{column}",
        "/api/v1/models/{model_id}/layers/{layer_id}/units/{feature}",
        "/api/v1/images",
        "/api/v1/images/{image_id}/readings",
        "/api/v1/images/{image_id}/variants",
        "/api/v1/images/{image_id}",
        "/api/v1/images/{image_id}/pixels",
        "/api/v1/images/{image_id}/thumbnail",
        "/api/v1/examples",
        "/api/v1/predictions",
        "/api/v1/learn/loss",
        "/api/v1/learn/race",
        "/api/v1/models/{model_id}/layers/{layer_id}/shifts",
        "/api/v1/learn/challenges/{model_id}",
        "/api/v1/learn/challenges/{model_id}/events",
        "/api/v1/learn/variation/{model_id}",
        "/api/v1/images/{image_id}/edited",
        "/api/v1/learn/digits/{digit}",
        "/api/v1/learn/shifts/{model_id}",
        "/api/v1/learn/shifts/{model_id}/events",
        "/api/v1/learn/designs",
        "/api/v1/learn/cuts/{model_id}",
        "/api/v1/learn/graph",
        "/api/v1/learn/jacobian",
        "/api/v1/learn/convolution",
        "/api/v1/learn/stack",
        "/api/v1/models/{model_id}/layers/{layer_id}/covered",
        "/api/v1/training",
        "/api/v1/training/data",
        "/api/v1/training/data/{set_id}",
        "/api/v1/training/data/{set_id}/events",
        "/api/v1/training/runs",
        "/api/v1/training/runs/{run_id}",
        "/api/v1/training/runs/{run_id}/events",
        "/api/v1/training/runs/{run_id}/pause",
        "/api/v1/training/runs/{run_id}/resume",
        "/api/v1/training/runs/{run_id}/step",
        "/api/v1/training/runs/{run_id}/finish",
        "/api/v1/training/runs/{run_id}/checkpoints",
        "/api/v1/training/runs/{run_id}/checkpoints/{step}/templates",
        "/api/v1/training/runs/{run_id}/checkpoints/{step}/weights",
        "/api/v1/training/runs/{run_id}/checkpoints/{step}/bundle",
        "/api/v1/training/runs/{run_id}/files",
        "/api/v1/training/runs/{run_id}/samples",
        "/api/v1/training/runs/{run_id}/samples/{number}",
        "/api/v1/learn/activations",
        "/api/v1/learn/linear",
        "/api/v1/learn/playground",
        "/api/v1/learn/patches",
        "/api/v1/learn/likeness",
        "/api/v1/learn/templates/{model_id}",
        "/api/v1/learn/lines",
        "/api/v1/learn/scores",
    }
    assert documented == contract


def test_every_json_body_is_documented_as_bounded(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    operations = [
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert operations
    for operation in operations:
        problems = operation["responses"]["413"]["content"][MEDIA_TYPE]["examples"]
        assert "body-too-large" in problems, operation["operationId"]


def test_validation_errors_are_documented_as_problems_too(client: TestClient) -> None:
    assert "HTTPValidationError" not in client.get("/api/v1/openapi.json").text


def test_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/docs", "/fields", "/compare", "/train"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
        assert loaded
        # Beside the page, which a proxy may have under a path of its own.
        assert all(address.startswith(("static/", "data:")) for address in loaded)
        assert "<script>" not in answer.text
        assert " style=" not in answer.text

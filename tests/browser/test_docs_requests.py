"""Requests sent from the page of the HTTP interface, and the commands that it hands out."""

import ast
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import httpx
import numpy as np
import pytest
from docs_page import body_of, field, open_docs, operation, send
from opening import Complaints, OpenPage
from PIL import Image
from playwright.sync_api import Locator, Route, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]

OPEN_ALL = """() => {
    for (const section of document.querySelectorAll(".docs-operation")) section.open = true;
}"""
PROGRAMS = """() => [...document.querySelectorAll(".docs-operation")].map((section) => ({
    id: section.id,
    python: section.querySelector("[aria-label='The request as a Python program']").textContent,
    curl: section.querySelector("[aria-label='The request as a curl command']").textContent,
}))"""


class Noted:
    """Stands for the module httpx, and answers nothing."""

    def __init__(self) -> None:
        self.asked: tuple[str, str, dict[str, Any]] | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name == "stream":
            return lambda method, url, **options: self._note(method, url, options)
        return lambda url, **options: self._note(name.upper(), url, options)

    def _note(self, method: str, url: str, options: dict[str, Any]) -> Any:
        self.asked = (method, url, options)
        answer = MagicMock(content=b"", status_code=200)
        answer.__enter__.return_value.iter_lines.return_value = []
        return answer


# Measured apart from this program, with timm's model and transforms on the packaged weights.
CHELSEA = {"tiger cat": 0.393, "Egyptian cat": 0.356, "tabby": 0.170}


def assert_reads_as_chelsea(prediction: Any) -> None:
    scores = {score["label"]: score["probability"] for score in prediction["classes"]}
    assert list(scores)[:3] == list(CHELSEA)
    for label, probability in CHELSEA.items():
        assert scores[label] == pytest.approx(probability, abs=0.01)


def run_curl(section: Locator, directory: Path) -> bytes:
    """Run the command on the page, as someone who copied it would."""
    command = section.get_by_label("The request as a curl command").inner_text()
    shell = ["sh", "-c", command.replace("curl ", "curl -sS --fail-with-body ", 1)]
    return subprocess.run(shell, cwd=directory, check=True, capture_output=True).stdout


def test_predictions_can_be_tried_at_once(open_page: OpenPage, ask: Ask) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/predictions")
    expect(section.locator(".docs-example")).to_contain_text("tiger cat")
    reply = send(section, "200 OK")
    shown = body_of(reply)
    assert_reads_as_chelsea(shown)
    direct = ask(f"/models/{shown['model']}/predictions?image={shown['image']}&top=5")
    assert shown == direct  # to the last digit
    expect(reply).to_contain_text("application/json")
    expect(reply).to_contain_text("ETag")


def test_answer_that_is_held_already_is_not_sent_again(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/predictions")
    reply = send(section, "200 OK")
    reply.get_by_role("button", name="Ask again with this ETag").click()
    expect(reply.locator(".docs-status")).to_have_text("304 Not Modified")
    expect(reply).to_contain_text("No body.")


def test_problem_is_shown_as_one(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("status of 404")
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}")
    field(section, "model_id").fill("resnet99")
    reply = send(section, "404 Not Found")
    notice = reply.locator(".notice-problem")
    expect(notice).to_contain_text("unknown-model")
    expect(notice).to_contain_text("'resnet99'")
    assert body_of(reply)["status"] == 404


def test_form_lets_wrong_values_through_for_the_server_to_judge(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/predictions")
    field(section, "top").fill("0")
    reply = section.locator(".docs-reply")
    section.get_by_role("button", name="Send").click()
    expect(reply.locator(".docs-status")).to_contain_text("422")
    expect(reply.locator(".notice-problem")).to_contain_text("invalid-parameter")


def test_file_can_be_sent_in_one_call(open_page: OpenPage, examples: Path) -> None:
    page = open_docs(open_page)
    section = operation(page, "POST /api/v1/predictions")
    field(section, "file").set_input_files(examples / "chelsea.png")
    prediction = body_of(send(section, "200 OK"))
    assert prediction["image"] is None
    assert_reads_as_chelsea(prediction)


def test_uploaded_picture_can_be_used_shown_and_forgotten(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    page = open_docs(open_page)
    forget = operation(page, "DELETE /api/v1/images/{image_id}")
    expect(field(forget, "image_id")).to_have_value("")
    upload = operation(page, "POST /api/v1/images")
    upload.get_by_role("button", name="Use an example").click()
    expect(field(upload, "file")).to_have_value("C:\\fakepath\\chelsea.png")
    stored = body_of(send(upload, "201 Created"))
    assert (stored["width"], stored["height"], stored["format"]) == (451, 300, "PNG")
    expect(field(forget, "image_id")).to_have_value(stored["id"])

    show = operation(page, "GET /api/v1/images/{image_id}")
    field(show, "image_id").fill(stored["id"])
    picture = send(show, "200 OK").get_by_role("img")
    expect(picture).to_have_js_property("naturalWidth", 451)

    expect(send(forget, "204 No Content")).to_contain_text("No body.")
    expect(send(show, "404 Not Found").locator(".notice-problem")).to_contain_text("unknown-image")


def test_binary_answer_is_measured_and_can_be_saved(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/input")
    field(section, "format").select_option("npy")
    reply = send(section, "200 OK")
    expect(reply).to_contain_text("NumPy array (1, 3, 224, 224) of <f4")
    with page.expect_download() as download:
        reply.get_by_role("link", name="Save as").click()
    content = download.value.path().read_bytes()
    assert np.load(io.BytesIO(content)).shape == (1, 3, 224, 224)
    expect(reply).to_contain_text(f"{len(content):,} bytes")


def test_events_are_listed_one_by_one(open_page: OpenPage) -> None:
    page = open_docs(open_page, routed=True)

    def fulfil(route: Route) -> None:
        route.fulfill(
            content_type="text/event-stream",
            body=': a comment\n\nevent: running\ndata: {"received_bytes":\ndata: 7}\n\n'
            "event: done\r\ndata: plain words\r\n\r\nevent: never finished",
        )

    page.route("**/weights/events", fulfil)
    section = operation(page, "GET /api/v1/models/{model_id}/weights/events")
    reply = send(section, "200 OK")
    expect(reply.locator("li .docs-event-name")).to_have_text(["running", "done"])
    assert json.loads(reply.locator("li pre").first.inner_text()) == {"received_bytes": 7}
    expect(reply.locator("li pre").last).to_have_text("plain words")


def test_events_of_the_server_are_read_to_their_end(open_page: OpenPage) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/weights/events")
    reply = send(section, "200 OK")
    report = json.loads(reply.locator("li pre").inner_text())
    assert (report["status"], report["download"]) == ("ready", None)
    expect(section.get_by_role("button", name="Stop")).to_be_disabled()


def test_request_that_takes_long_can_be_stopped(open_page: OpenPage) -> None:
    page = open_docs(open_page, routed=True)
    page.route("**/readyz", lambda _: None)  # never answered
    section = operation(page, "GET /readyz")
    stop = section.get_by_role("button", name="Stop")
    expect(stop).to_be_disabled()
    section.get_by_role("button", name="Send").click()
    status = section.locator(".docs-reply .docs-status")
    expect(status).to_contain_text("waiting")
    stop.click()
    expect(status).to_have_text("Stopped")
    expect(stop).to_be_disabled()


def test_lost_connection_is_said_in_words(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED")
    page = open_docs(open_page, routed=True)
    page.route("**/healthz", lambda route: route.abort())
    reply = send(operation(page, "GET /healthz"), "No answer")
    expect(reply.locator(".notice-problem")).to_contain_text("The server does not answer")


def test_curl_command_of_a_question_works(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/predictions")
    field(section, "top").fill("3")
    prediction = json.loads(run_curl(section, tmp_path))
    assert_reads_as_chelsea(prediction)
    assert len(prediction["classes"]) == 3


def test_curl_command_sends_a_file_of_any_name(
    open_page: OpenPage, tmp_path: Path, examples: Path
) -> None:
    awkward = tmp_path / 'it\'s; a "cat", really.png'
    awkward.write_bytes((examples / "chelsea.png").read_bytes())
    page = open_docs(open_page)
    section = operation(page, "POST /api/v1/predictions")
    field(section, "file").set_input_files(awkward)
    assert_reads_as_chelsea(json.loads(run_curl(section, tmp_path)))


def test_curl_command_saves_an_array(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/input")
    field(section, "format").select_option("npy")
    run_curl(section, tmp_path)
    assert np.load(tmp_path / "input.npy").dtype == np.float32


def test_curl_command_of_an_answer_in_several_forms_saves_those_that_are_files(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/layers/{layer_id}/activations")
    assert json.loads(run_curl(section, tmp_path))["channels"]
    field(section, "format").select_option("npy")
    assert run_curl(section, tmp_path) == b""
    assert np.load(tmp_path / "activations.npy").dtype == np.float32


def run_python(section: Locator, directory: Path) -> str:
    """Run the program on the page as it stands."""
    section.get_by_label("Python", exact=True).check()
    program = section.get_by_label("The request as a Python program").inner_text()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_program_of_a_question_works(open_page: OpenPage, tmp_path: Path) -> None:
    section = operation(open_docs(open_page), "GET /api/v1/models/{model_id}/predictions")
    field(section, "top").fill("3")
    prediction = ast.literal_eval(run_python(section, tmp_path))
    assert_reads_as_chelsea(prediction)
    assert len(prediction["classes"]) == 3


def test_python_program_sends_a_file(open_page: OpenPage, tmp_path: Path, examples: Path) -> None:
    (tmp_path / 'a "cat".png').write_bytes((examples / "chelsea.png").read_bytes())
    section = operation(open_docs(open_page), "POST /api/v1/predictions")
    field(section, "file").set_input_files(tmp_path / 'a "cat".png')
    assert_reads_as_chelsea(ast.literal_eval(run_python(section, tmp_path)))


def test_python_program_reads_an_array_and_saves_a_picture(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_docs(open_page)
    section = operation(page, "GET /api/v1/models/{model_id}/input")
    field(section, "format").select_option("npy")
    assert run_python(section, tmp_path) == "(1, 3, 224, 224) float32\n"
    field(section, "format").select_option("png")
    assert run_python(section, tmp_path) == ""
    with Image.open(tmp_path / "input.png") as picture:
        assert picture.size == (224, 224)


def test_python_program_sends_a_body_and_follows_events(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_docs(open_page)
    loss = ast.literal_eval(run_python(operation(page, "POST /api/v1/learn/loss"), tmp_path))
    sent = send(operation(page, "POST /api/v1/learn/loss"), "200 OK")
    assert loss == body_of(sent)
    events = operation(page, "GET /api/v1/models/{model_id}/weights/events")
    # Chosen once for all of them.
    expect(events.get_by_label("Python", exact=True)).to_be_checked()
    assert run_python(events, tmp_path).splitlines()[0] == "event: idle"


def test_python_program_of_every_operation_asks_what_its_form_does(open_page: OpenPage) -> None:
    """Run with an httpx that only notes what it is asked."""
    page = open_docs(open_page)
    page.evaluate(OPEN_ALL)
    expect(page.locator(".docs-operation:not([data-built=whole])")).to_have_count(0)
    sections = page.evaluate(PROGRAMS)
    assert len(sections) > 90
    for each in sections:
        noted = Noted()
        program = compile(each["python"], each["id"], "exec")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "httpx", noted)
            patch.setattr(Path, "write_bytes", lambda *_: 0)
            patch.setattr(np, "load", lambda _: np.zeros(1))
            exec(program, {"open": lambda name, _: name, "print": lambda *_: None})
        assert noted.asked is not None
        method, url, options = noted.asked
        command = shlex.split(each["curl"].replace("\\\n", " "))
        addresses = [word for word in command if word.startswith("http")]
        asked = str(httpx.URL(url).copy_merge_params(options.get("params", {})))
        assert httpx.URL(asked) == httpx.URL(addresses[0]), each["id"]
        has_body = "-d" in command or "-F" in command
        explicit = command[command.index("-X") + 1] if "-X" in command else None
        assert method == (explicit or ("POST" if has_body else "GET")), each["id"]
        if "-d" in command:
            assert options["json"] == json.loads(command[command.index("-d") + 1]), each["id"]
        assert ("files" in options) == any("=@" in word for word in command), each["id"]


def test_body_in_json_is_sent_as_its_fields_say(
    open_page: OpenPage, complaints: Complaints
) -> None:
    complaints.expect("422")
    section = operation(open_docs(open_page), "POST /api/v1/training/runs")
    assert field(section, "architecture").input_value() == "lenet5"
    field(section, "architecture").fill("lenet9")
    expect(send(section, "422 Unprocessable Entity")).to_contain_text("'lenet9' is none of")
    # A number that is none reaches the server too, and as what it is.
    field(section, "epochs").fill("many")
    expect(send(section, "422 Unprocessable Entity")).to_contain_text("epochs:")
    command = section.get_by_label("The request as a curl command").inner_text()
    body = json.loads(command.split("-d '")[1].removesuffix("'"))
    assert (body["architecture"], body["epochs"]) == ("lenet9", "many")
    assert body["learning_rate"] == 0.05
    assert body["batch_size"] == 50

"""What goes another way than planned while an own network comes in, on the page and beside."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from opening import Complaints, OpenPage
from own_network import (
    OPENING_MS,
    card,
    design,
    drop,
    open_it,
    recognised,
    write_text,
)
from playwright.sync_api import Page, Route, expect
from reading import draw, wait_for_scores

from models.architectures.lenet5 import LeNet5

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
LIST = re.compile("/api/v1/models$")


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a network that returns no scores."""
    from safetensors.torch import save_file

    tensors = design("resnet18", 18, num_classes=4).state_dict()
    for name in ("fc.weight", "fc.bias"):
        del tensors[name]
    path = tmp_path_factory.mktemp("features") / "features.safetensors"
    save_file(tensors, path)
    return path


def on_method(page: Page, method: str, act: Callable[[Route], None]) -> None:
    """Do this with requests for the list of networks of one method; others go on."""

    def handle(route: Route) -> None:
        if route.request.method == method:
            act(route)
        else:
            route.fallback()

    page.route(LIST, handle)


def test_opening_that_was_stopped_too_late_is_known(
    open_page: OpenPage, squeezenet: Path, forget: Callable[[str], None]
) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    drop(page, squeezenet)
    dialog = recognised(page)
    dialog.get_by_label("Name").fill("stopped")
    held: list[Route] = []
    on_method(page, "POST", held.append)
    press = dialog.get_by_role("button", name="Open", exact=True)
    with page.expect_request(lambda asked: asked.method == "POST" and LIST.search(asked.url)):
        press.click()
    forget("squeezenet1_1.stopped")
    assert held[0].fetch().ok  # the server has it; the page does not know yet
    dialog.get_by_role("button", name="Stop").click()
    expect(dialog).to_contain_text("There is a network squeezenet1_1.stopped already")
    expect(press).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    page.keyboard.press("m")
    yours = page.get_by_role("group", name="Yours")
    expect(yours.get_by_role("option", name="squeezenet1_1.stopped")).to_be_visible()


def test_list_that_fails_fails_no_opening(
    open_page: OpenPage, complaints: Complaints, squeezenet: Path, forget: Callable[[str], None]
) -> None:
    complaints.expect("ERR_FAILED")
    complaints.expect("status of 404 .*squeezenet1_1.listed/")  # asked before it was forgotten
    page = open_page("/", routed=True)
    wait_for_scores(page)
    drop(page, squeezenet)
    recognised(page).get_by_label("Name").fill("listed")
    on_method(page, "GET", lambda route: route.abort())
    forget("squeezenet1_1.listed")
    open_it(page, "squeezenet1_1.listed")
    own = page.locator("#model-card")
    own.get_by_role("button", name="Forget …").click()
    own.get_by_role("button", name="Forget it").click()
    wait_for_scores(page, label="tiger cat")
    expect(page.locator("#model-button button")).to_be_focused()


def test_without_the_list_its_own_problem_is_told(
    open_page: OpenPage, complaints: Complaints, squeezenet: Path, examples: Path
) -> None:
    complaints.expect("ERR_FAILED")
    page = open_page("/fields", routed=True)
    on_method(page, "GET", lambda route: route.abort())
    page.goto(page.url.replace("/fields", "/"))
    alert = page.locator("#stage").get_by_role("alert")
    drop(page, squeezenet)
    expect(alert).to_contain_text("The server does not answer")
    expect(card(page)).to_be_hidden()
    with page.expect_response(re.compile("/api/v1/images$")) as stored:
        drop(page, examples / "coffee.png")
    assert stored.value.ok


def test_labels_beside_a_network_without_classes_are_left_aside(
    open_page: OpenPage, features: Path, tmp_path: Path, forget: Callable[[str], None]
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, features, write_text(tmp_path / "labels.txt", ["rasp", "straw"]))
    dialog = recognised(page)
    expect(dialog).to_contain_text("labels.txt names classes, and is not used")
    dialog.get_by_label("Name").fill("unnamed")
    forget("resnet18.unnamed")
    open_it(page, "resnet18.unnamed")


def test_what_comes_beside_a_network_is_labels_or_is_said_to_be_left(
    open_page: OpenPage, squeezenet: Path, tmp_path: Path
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    # Pictures of Windows begin with the same two letters.
    cars = write_text(tmp_path / "labels.txt", ["BMW 3 Series Sedan 2012", "Audi A5", "Fiat 500"])
    other = tmp_path / "other.pth"
    other.write_bytes(squeezenet.read_bytes())
    unknown = tmp_path / "notes.md"
    unknown.write_text("# trained on Monday\n")
    drop(page, squeezenet, cars, other, unknown)
    dialog = recognised(page)
    expect(dialog).to_contain_text("3 of 3 labels, from labels.txt")
    expect(dialog).to_contain_text("Not opened: other.pth, notes.md.")
    dialog.get_by_role("button", name="Use numbers").click()
    expect(dialog.get_by_role("button", name="Choose a file …")).to_be_focused()
    dialog.get_by_role("button", name="Confirm").click()
    expect(dialog.locator(".badge-confirmed")).to_be_focused()


def test_bitmap_is_a_picture(open_page: OpenPage, tmp_path: Path, examples: Path) -> None:
    from PIL import Image

    with Image.open(examples / "chelsea.png") as picture:
        picture.convert("RGB").resize((64, 64)).save(tmp_path / "cat.txt", "BMP")
    page = open_page("/")
    wait_for_scores(page)
    with page.expect_response(re.compile("/api/v1/images$")) as stored:
        drop(page, tmp_path / "cat.txt")
    assert stored.value.ok


def test_beside_another_file_is_chosen_and_problems_stand_in_the_dialog(
    open_page: OpenPage, complaints: Complaints, squeezenet: Path, tmp_path: Path
) -> None:
    complaints.expect("status of 4")
    page = open_page("/compare")
    expect(page.locator("#scores")).to_contain_text("Highest: tiger cat", timeout=OPENING_MS)
    near = tmp_path / "near.pth"
    torch.save({"attention.weight": torch.zeros(3)}, near)
    drop(page, near)
    dialog = card(page)
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("attention.weight", timeout=OPENING_MS)
    (tmp_path / "notes.md").write_text("# trained on Monday\n")
    drop(page, tmp_path / "notes.md")
    expect(alert).to_contain_text("notes.md is nothing that can be opened here")
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    drop(page, tmp_path / "cut.png")
    expect(alert).not_to_contain_text("notes.md")
    expect(alert).to_be_visible()
    expect(page.locator("#left, #right").get_by_role("alert")).to_have_count(0)
    with page.expect_file_chooser() as picking:
        dialog.get_by_role("button", name="Choose another file …").click()
    picking.value.set_files(squeezenet)
    expect(dialog.locator(".own-verdict")).to_contain_text("SqueezeNet 1.1", timeout=OPENING_MS)
    expect(alert).to_be_hidden()


def test_beside_the_newest_picture_wins(
    open_page: OpenPage, complaints: Complaints, examples: Path
) -> None:
    complaints.expect("ERR_")
    page = open_page("/compare", routed=True)
    expect(page.locator("#scores")).to_contain_text("Highest: tiger cat", timeout=OPENING_MS)
    slow: list[Route] = []

    def first_waits(route: Route) -> None:
        if slow:
            route.fallback()
        else:
            slow.append(route)

    page.route(re.compile("/api/v1/images$"), first_waits)
    field = page.get_by_label("File: Picture on both sides")
    with page.expect_request(re.compile("/api/v1/images$")):
        field.set_input_files(examples / "chelsea.png")
    with (
        page.expect_event("requestfailed", lambda asked: asked.url.endswith("/images")),
        page.expect_response(re.compile("/api/v1/images$")) as answered,
    ):
        field.set_input_files(examples / "coffee.png")
    newest = answered.value.json()["id"]
    expect(page).to_have_url(re.compile(f"[?&]image={newest}"))
    for side in ("left", "right"):
        shown = page.get_by_alt_text(f"Picture on the {side}")
        expect(shown).to_have_attribute("src", re.compile(newest))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a network that reads drawings."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        tensors = LeNet5().state_dict()
    path = tmp_path_factory.mktemp("digits") / "digits.pth"
    torch.save(tensors, path)
    return path


def test_kind_of_picture_brings_its_numbers_back(open_page: OpenPage, digits: Path) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, digits)
    dialog = recognised(page)
    mean = dialog.get_by_label("Mean of each channel")
    before = mean.input_value()
    kind = dialog.get_by_label("Kind of picture")
    expect(kind).to_have_value("digit")
    kind.select_option("photograph")
    expect(mean).to_have_value("0.449")
    kind.select_option("digit")
    expect(mean).to_have_value(before)
    expect(dialog.locator(".badge-assumed")).to_have_text("assumed: MNIST’s")


def test_drawing_stays_behind_with_a_digit_network_that_is_forgotten(
    open_page: OpenPage, complaints: Complaints, digits: Path, forget: Callable[[str], None]
) -> None:
    complaints.expect("status of 404 .*lenet5.drawn/")  # asked before it was forgotten
    page = open_page("/")
    wait_for_scores(page, label="tiger cat")
    drop(page, digits)
    recognised(page).get_by_label("Name").fill("drawn")
    forget("lenet5.drawn")
    open_it(page, "lenet5.drawn")
    page.keyboard.press("d")
    draw(page, [(0.3, 0.24), (0.7, 0.24), (0.45, 0.8)])
    wait_for_scores(page)
    own = page.locator("#model-card")
    own.get_by_role("button", name="Forget …").click()
    own.get_by_role("button", name="Forget it").click()
    wait_for_scores(page, label="tiger cat")
    expect(page).to_have_url(re.compile("image=example-chelsea"))

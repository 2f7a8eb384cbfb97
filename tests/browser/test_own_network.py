"""A checkpoint is dropped on the page, recognises itself, and is a network like any other."""

import json
import os
import pickle
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import torch
from answering import wait_for_held
from compare_page import network_button
from number_page import start_from_score, wait_for_unit
from opening import Complaints, Opener, OpenPage
from own_network import (
    LABELS,
    OPENING_MS,
    card,
    design,
    drop,
    exact_scores,
    open_it,
    recognised,
    resnet34_of_seven_classes,
    scores_by_torchvision,
    write_text,
)
from playwright.sync_api import Page, Route, expect
from reading import score_rows, wait_for_scores

pytestmark = pytest.mark.browser

PagesOf = Callable[[str], AbstractContextManager[Opener]]
ServerOn = Callable[[Path], AbstractContextManager[str]]
Ask = Callable[[str], Any]


def test_story_of_a_checkpoint(
    pages_of: PagesOf, server_on: ServerOn, examples: Path, tmp_path: Path
) -> None:
    network = resnet34_of_seven_classes()
    weights = tmp_path / "best.pth"
    stored = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save({"state_dict": stored, "optimizer": {"param_groups": []}, "epoch": 12}, weights)
    labels = write_text(tmp_path / "labels.txt", LABELS)
    shares = dict(
        zip(LABELS, scores_by_torchvision(network, examples / "chelsea.png"), strict=True)
    )
    cache = tmp_path / "server" / "cache"
    cache.parent.mkdir()

    with server_on(cache) as url, pages_of(url) as opener:
        page = opener.open("/?model=efficientnet_lite0&image=example-chelsea")
        wait_for_scores(page)
        drop(page, weights)
        dialog = recognised(page)
        verdict = dialog.locator(".own-verdict")
        expect(verdict).to_have_text(
            "ResNet-34 of torchvision, 7 classes: all 218 tensors are there."
        )
        expect(dialog).to_contain_text("left aside: optimizer, epoch")
        # timm's has tensors of the same names and shapes.
        expect(dialog.get_by_role("radio")).to_have_count(2)
        drop(page, labels)
        expect(dialog).to_contain_text("7 of 7 labels, from labels.txt")
        expect(dialog.locator(".badge-assumed")).to_have_text("assumed: ImageNet’s")
        dialog.get_by_role("button", name="Confirm").click()
        expect(dialog.locator(".badge-confirmed")).to_have_text("confirmed")
        open_it(page, "resnet34.best")
        assert "image=example-chelsea" in page.url, "the picture that was there stays"
        assert exact_scores(page, 7) == pytest.approx(shares, abs=1e-5)
        expect(page.locator(".badge-assumed:visible")).to_have_count(0)

        page.get_by_role("tab", name="Filters").click()
        expect(page.locator("#lens-filters canvas").first).to_be_visible(timeout=OPENING_MS)
        # Batch norm and activation follow, which have none.
        for _ in range(2):
            page.keyboard.press("]")
        expect(page.locator(".filters-notice")).to_contain_text("has no filters")
        way = page.get_by_role("button", name="Open the filters of")
        layer = str(way.text_content()).removeprefix("Open the filters of ")
        way.click()
        expect(page.locator("#layer-heading")).to_contain_text(layer)
        expect(page.locator(".filters-sentence")).to_contain_text("kernels")
        expect(page.locator(".filters-notice")).to_be_hidden()
        best = max(shares, key=lambda label: shares[label])
        page.locator(".score-ask").filter(has_text=best).click()
        expect(page.locator("#lens-why .why-card canvas").first).to_be_visible(timeout=OPENING_MS)

    with server_on(cache) as url, pages_of(url) as opener:
        page = opener.open("/?model=efficientnet_lite0&image=example-chelsea")
        wait_for_scores(page)
        page.keyboard.press("m")
        yours = page.get_by_role("group", name="Yours")
        yours.get_by_role("option", name="resnet34.best").click()
        assert exact_scores(page, 7) == pytest.approx(shares, abs=1e-5)


def test_what_is_said_anew_is_asked_anew(
    open_page: OpenPage,
    squeezenet: Path,
    tmp_path: Path,
    ask: Ask,
    forget: Callable[[str], None],
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, squeezenet)
    dialog = recognised(page)
    expect(dialog.locator(".own-verdict")).to_have_text(
        "SqueezeNet 1.1 of torchvision, 3 classes: all 52 tensors are there."
    )
    expect(dialog.get_by_label("Name")).to_have_value("berries-v2")
    model_id = "squeezenet1_1.berries-v2"
    forget(model_id)
    open_it(page, model_id)
    before = exact_scores(page, 3)
    assert set(before) == {"class 0", "class 1", "class 2"}
    thumbnail = page.locator('.cell[data-key="features.0"] canvas')
    expect(thumbnail).not_to_have_class(re.compile("is-empty"))
    map_before = thumbnail.evaluate("(canvas) => canvas.toDataURL()")
    number_before = start_from_score(page, "class 0")
    page.get_by_role("tab", name="Maps").click()
    head = page.locator("#model-button .badge-assumed")
    expect(head).to_have_text("preparation, labels assumed")
    input_picture = page.locator(".network-input-picture img")
    expect(input_picture).to_have_attribute("src", re.compile(re.escape(model_id)))
    seen = pixels_of(page)

    page.locator("#model-card").get_by_role("button", name="Change labels or preparation").click()
    save = card(page).get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    drop(page, write_text(tmp_path / "names.csv", ["place,name", "2,sloe", "0,rowan", "1,elder"]))
    expect(card(page)).to_contain_text("3 of 3 labels, from names.csv")
    card(page).get_by_label("Channel order").select_option("bgr")
    card(page).get_by_label("Mean of each channel").fill("0.5 0.5 0.5")
    card(page).get_by_label("Shorter side, px").fill("224")
    expect(card(page).locator(".badge-confirmed")).to_have_text("as you say")
    save.click()
    expect(card(page)).to_be_hidden()
    expect(score_rows(page).filter(has_text="sloe")).to_be_visible()
    after = exact_scores(page, 3)
    told = ask(f"/models/{model_id}/predictions?image=example-chelsea")
    assert after == pytest.approx({each["label"]: each["probability"] for each in told["classes"]})
    assert sorted(after.values()) != pytest.approx(sorted(before.values()), rel=1e-4)
    expect(head).to_be_hidden()
    expect(page.locator("#model-card")).to_contain_text("its colours are taken as blue, green, red")
    # Cut from a smaller picture, it shows more of the cat.
    expect(input_picture).to_be_visible()
    page.wait_for_function("(before) => window.pixelsOf() !== before", arg=seen)
    # So does every layer, whose maps and numbers are of that other input.
    page.wait_for_function(
        """(before) => {
            const canvas = document.querySelector('.cell[data-key="features.0"] canvas');
            return !canvas.classList.contains("is-empty") && canvas.toDataURL() !== before;
        }""",
        arg=map_before,
    )
    page.get_by_role("tab", name="How").click()
    number = wait_for_unit(page)
    assert number.unit == number_before.unit
    assert number.value != pytest.approx(number_before.value, rel=1e-4)
    told_first = next(each for each in told["classes"] if each["index"] == 0)
    assert number.value == pytest.approx(told_first["logit"], rel=1e-5)


def pixels_of(page: Page) -> str:
    """What the network's input shows, as text; the page can tell it again."""
    expect(page.locator(".network-input-picture img")).to_be_visible()
    found: str = page.evaluate(
        """() => {
            window.pixelsOf = () => {
                const picture = document.querySelector(".network-input-picture img");
                const canvas = document.createElement("canvas");
                canvas.width = canvas.height = 32;
                canvas.getContext("2d").drawImage(picture, 0, 0, 32, 32);
                return canvas.toDataURL();
            };
            return window.pixelsOf();
        }"""
    )
    return found


def test_preparation_is_confirmed_as_it_is(
    open_page: OpenPage, squeezenet: Path, ask: Ask, forget: Callable[[str], None]
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, squeezenet)
    recognised(page).get_by_label("Name").fill("confirmed")
    forget("squeezenet1_1.confirmed")
    open_it(page, "squeezenet1_1.confirmed")
    before = exact_scores(page, 3)
    scores = page.locator("#scores")
    expect(scores).to_contain_text("How pictures are prepared for SqueezeNet 1.1 is assumed")
    scores.get_by_role("button", name="Confirm or change").click()
    card(page).get_by_role("button", name="Confirm").click()
    card(page).get_by_role("button", name="Save").click()
    expect(card(page)).to_be_hidden()
    expect(page.locator("#model-button .badge-assumed")).to_have_text("labels unconfirmed")
    assert exact_scores(page, 3) == before
    assert ask("/models/squeezenet1_1.confirmed")["assumed"] == ["labels"]


def test_forgotten_once_asked_and_the_default_model_opens(
    open_page: OpenPage, squeezenet: Path, ask: Ask, forget: Callable[[str], None]
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, squeezenet)
    recognised(page).get_by_label("Name").fill("passing")
    forget("squeezenet1_1.passing")
    open_it(page, "squeezenet1_1.passing")
    exact_scores(page, 3)
    own = page.locator("#model-card")
    own.get_by_role("button", name="Forget …").click()
    own.get_by_role("button", name="Keep it").click()
    expect(page.locator(".model-button-id")).to_have_text("squeezenet1_1.passing")
    own.get_by_role("button", name="Forget …").click()
    own.get_by_role("button", name="Forget it").click()
    wait_for_scores(page, label="tiger cat")
    assert "squeezenet1_1.passing" not in {model["id"] for model in ask("/models")["models"]}
    page.keyboard.press("m")
    expect(page.get_by_role("option").filter(has_text="squeezenet1_1.passing")).to_have_count(0)


def test_name_and_labels_are_checked_before_anything_is_sent(
    open_page: OpenPage, squeezenet: Path, tmp_path: Path
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    drop(page, squeezenet)
    dialog = recognised(page)
    press = dialog.get_by_role("button", name="Open", exact=True)
    expect(press).to_be_enabled()
    name = dialog.get_by_label("Name")
    name.fill("Not A Slug")
    expect(dialog).to_contain_text("Small letters, digits, - and _")
    expect(press).to_be_disabled()
    name.fill("random")
    expect(dialog).to_contain_text("There is a network squeezenet1_1.random already")
    expect(press).to_be_disabled()
    name.fill("fine")
    drop(page, write_text(tmp_path / "few.txt", ["one", "two"]))
    expect(dialog).to_contain_text("few.txt has 2 labels, and the network 3 classes")
    expect(press).to_be_disabled()
    dialog.get_by_role("button", name="Use numbers").click()
    expect(press).to_be_enabled()
    drop(page, write_text(tmp_path / "broken.json", ["[1, 2"]))
    expect(dialog.get_by_role("alert")).to_have_text("broken.json begins like JSON and is none.")
    dialog.get_by_label("Standard deviation of each channel").fill("0.2, 0, 0.2")
    expect(dialog).to_contain_text("σ is more than 0 in each channel")
    expect(press).to_be_disabled()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "a, b\nc d\n\u00e9\n"),
        ("labels.txt", "1 a, b\n2 c d\n3 \u00e9\n"),
        ("labels.txt", "n01440764 a, b\nn01443537 c d\nn01484850 \u00e9\n"),
        ("labels.json", '["a, b", "c d", "\u00e9"]'),
        ("labels.json", '{"1": "c d", "0": "a, b", "2": "\u00e9"}'),
        ("labels.json", '{"c d": 1, "a, b": 0, "\u00e9": 2}'),
        ("config.json", '{"id2label": {"0": "a, b", "1": "c d", "2": "\u00e9"}, "depth": 3}'),
        ("labels.csv", 'index,label\n0,"a, b"\n1,c d\n2,\u00e9\n'),
        ("labels.csv", '"a, b",0\nc d,1\n\u00e9,2\n'),
    ],
)
def test_labels_are_read_as_people_write_them(
    open_page: OpenPage, squeezenet: Path, tmp_path: Path, name: str, text: str
) -> None:
    """As `models.checkpoints.labels` reads them on the server, whose tests have these too."""
    page = open_page("/")
    (tmp_path / name).write_text(text)
    drop(page, squeezenet, tmp_path / name)
    dialog = recognised(page)
    expect(dialog).to_contain_text(f"3 of 3 labels, from {name}")
    expect(dialog.locator(".own-names")).to_have_text("a, b, c d, \u00e9")


def test_tie_is_a_choice(
    open_page: OpenPage, tmp_path: Path, ask: Ask, forget: Callable[[str], None]
) -> None:
    weights = tmp_path / "tie.bin"
    torch.save({"model": design("resnet18", 18, num_classes=4).state_dict()}, weights)
    page = open_page("/")
    wait_for_scores(page)
    drop(page, weights)
    dialog = recognised(page)
    expect(dialog.get_by_role("radio", name="ResNet-18")).to_be_checked()
    expect(dialog).to_contain_text("designs have exactly these tensors too")
    dialog.get_by_role("radio", name="resnet18 timm").check()
    expect(dialog.locator(".own-verdict")).to_have_text(
        "resnet18 of timm, 4 classes: all 122 tensors are there."
    )
    candidates = ask("/checkpoints")["checkpoints"][0]["candidates"]
    chosen = next(each for each in candidates if each["title"] == "resnet18")
    usual = chosen["preprocessing"]
    expect(dialog.get_by_label("Interpolation")).to_have_value(usual["interpolation"])
    expect(dialog.get_by_label("Shorter side, px")).to_have_value(str(usual["resize"]))
    model_id = f"{chosen['architecture']}.tie"
    forget(model_id)
    open_it(page, model_id)
    expect(page.locator("#model-card h2")).to_have_text("resnet18")
    assert len(exact_scores(page, 4)) == 4


def test_near_miss_says_what_differs_and_what_to_do(open_page: OpenPage, tmp_path: Path) -> None:
    tensors = design("resnet18", 18, num_classes=4).state_dict()
    del tensors["layer1.0.conv1.weight"]
    weights = tmp_path / "near.pth"
    torch.save({**tensors, "attention.weight": torch.zeros(3)}, weights)
    page = open_page("/")
    wait_for_scores(page)
    drop(page, weights)
    dialog = recognised(page)
    nearest = dialog.locator(".own-near li").first
    expect(nearest).to_contain_text("ResNet-18 of torchvision: 121 of 122 tensors")
    nearest.get_by_text("Which tensors").click()
    expect(nearest.locator("dl")).to_contain_text("layer1.0.conv1.weight")
    expect(nearest.locator("dl")).to_contain_text("attention.weight")
    expect(dialog).to_contain_text("convscope export my_module:build --weights near.pth")
    expect(dialog).to_contain_text("convscope.show(model)")
    expect(dialog.get_by_role("button", name="Open", exact=True)).to_be_hidden()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


class RunsCode:
    """What a pickle of this does when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._path),)


def test_pickle_that_would_run_code_is_refused_in_words(
    open_page: OpenPage, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expect("status of 422 .*checkpoints")
    trap = tmp_path / "was-run"
    weights = tmp_path / "best.ckpt"
    weights.write_bytes(pickle.dumps({"state_dict": RunsCode(trap)}))
    page = open_page("/")
    wait_for_scores(page)
    drop(page, weights)
    expect(card(page).get_by_role("alert")).to_contain_text("would run code")
    assert not trap.exists()
    card(page).get_by_role("button", name="Close").click()
    expect(card(page)).to_be_hidden()
    wait_for_scores(page, label="tiger cat")


def test_upload_tells_its_bytes_and_can_be_stopped(open_page: OpenPage, squeezenet: Path) -> None:
    page = open_page("/", routed=True)
    wait_for_scores(page)
    held = wait_for_held(page, "/api/v1/checkpoints$", lambda: drop(page, squeezenet))
    size = squeezenet.stat().st_size / 1e6
    expect(card(page).locator(".own-sending")).to_contain_text(f"{size:.1f}\u202fMB")
    # Its bytes change all the time: what is read aloud says once that it is sent.
    expect(card(page).get_by_role("status").locator("visible=true")).to_have_text("Sending …")
    expect(card(page).get_by_role("progressbar", name="Sending")).to_be_visible()
    with page.expect_event("requestfailed", lambda asked: asked.url.endswith("/checkpoints")):
        card(page).get_by_role("button", name="Stop").click()
    expect(card(page)).to_be_hidden()
    assert len(held) == 1, "it was not sent again"
    expect(page.locator(".model-button-title")).to_have_text("EfficientNet-Lite0")


def test_upload_that_is_cut_can_be_sent_again(
    open_page: OpenPage, complaints: Complaints, squeezenet: Path
) -> None:
    complaints.expect("ERR_(FAILED|CONNECTION)")
    page = open_page("/", routed=True)
    wait_for_scores(page)
    page.route("**/api/v1/checkpoints", lambda route: route.abort("connectionreset"))
    drop(page, squeezenet)
    dialog = card(page)
    expect(dialog.get_by_role("alert")).to_contain_text("could not be sent")
    page.unroute("**/api/v1/checkpoints")
    dialog.get_by_role("button", name="Try again").click()
    recognised(page)


def test_network_without_scores_offers_what_works(
    open_page: OpenPage, tmp_path: Path, forget: Callable[[str], None]
) -> None:
    tensors = design("resnet18", 18, num_classes=4).state_dict()
    for name in ("fc.weight", "fc.bias"):
        del tensors[name]
    weights = tmp_path / "features.safetensors"
    write_safetensors(weights, tensors)
    page = open_page("/")
    wait_for_scores(page)
    drop(page, weights)
    dialog = recognised(page)
    expect(dialog).to_contain_text("without its classifier")
    expect(dialog.get_by_text("Labels", exact=True)).to_be_hidden()
    forget("resnet18.features")
    open_it(page, "resnet18.features")

    scores = page.locator("#scores")
    expect(scores).to_contain_text("returns maps or features, no scores of classes")
    expect(page.locator(".score-table")).to_be_hidden()
    expect(page.locator("#take-away")).to_be_hidden()
    # Where the network looks is known without a prediction.
    expect(page.locator(".crop-outside")).to_be_attached()
    scores.get_by_role("button", name="Why a unit").click()
    why = page.locator("#lens-why")
    expect(why.locator(".why-card canvas").first).to_be_visible(timeout=OPENING_MS)
    page.get_by_role("tab", name="Maps").click()
    page.get_by_role("button", name="Close the unit").click()
    page.get_by_role("tab", name="Why").click()
    expect(why).to_contain_text("there is no class to explain")
    why.get_by_role("button", name="To the maps").click()
    page.locator(".map-grid canvas").first.click(position={"x": 20, "y": 20})
    page.get_by_role("tab", name="Why").click()
    expect(why.locator(".why-card canvas").first).to_be_visible(timeout=OPENING_MS)
    page.get_by_role("tab", name="What if").click()
    expect(page.locator("#lens-what-if")).to_contain_text("no scores that could rise or fall")
    page.get_by_role("tab", name="Filters").click()
    expect(page.locator("#lens-filters canvas").first).to_be_visible(timeout=OPENING_MS)
    # What is known to fail was not asked: the page that complains of nothing says so.


def write_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    from safetensors.torch import save_file

    save_file(tensors, path)


def test_server_that_takes_no_networks_says_so(open_page: OpenPage, squeezenet: Path) -> None:
    page = open_page("/fields", routed=True)

    def closed(route: Route) -> None:
        answer = route.fetch()
        body = {**answer.json(), "model_uploads": False}
        route.fulfill(response=answer, body=json.dumps(body))

    page.route(re.compile("/api/v1/models$"), closed)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.goto(page.url.replace("/fields", "/"))
    wait_for_scores(page)
    page.keyboard.press("m")
    expect(page.get_by_role("combobox", name="Search models")).to_be_visible()
    expect(page.get_by_role("button", name="Open your own network …")).to_be_hidden()
    page.keyboard.press("Escape")
    drop(page, squeezenet)
    words = card(page).get_by_role("alert")
    expect(words).to_contain_text("takes no networks")
    expect(words).to_contain_text("CONVSCOPE_MODEL_UPLOADS=true")
    assert not [each for each in asked if each.startswith("POST")]


def test_picked_through_the_chooser(open_page: OpenPage, squeezenet: Path, tmp_path: Path) -> None:
    labels = write_text(tmp_path / "labels.txt", ["rasp", "straw", "black"])
    page = open_page("/")
    wait_for_scores(page)
    page.keyboard.press("m")
    with page.expect_file_chooser() as picking:
        page.get_by_role("button", name="Open your own network …").click()
    picking.value.set_files([labels, squeezenet])
    expect(recognised(page)).to_contain_text("3 of 3 labels, from labels.txt")


def test_what_is_neither_says_what_can_be_dropped(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/")
    wait_for_scores(page)
    (tmp_path / "model.onnx").write_bytes(b"\x08\x07\x12\x07pytorch")
    drop(page, tmp_path / "model.onnx")
    alert = page.locator("#stage").get_by_role("alert")
    expect(alert).to_contain_text("model.onnx is nothing that can be opened here")
    expect(alert).to_contain_text("convscope export")


def test_weights_are_told_by_their_first_bytes(
    open_page: OpenPage, squeezenet: Path, tmp_path: Path
) -> None:
    page = open_page("/")
    wait_for_scores(page)
    nameless = tmp_path / "weights"
    nameless.write_bytes(squeezenet.read_bytes())
    drop(page, nameless)
    recognised(page)


def test_own_network_is_compared(
    open_page: OpenPage, squeezenet: Path, tmp_path: Path, forget: Callable[[str], None]
) -> None:
    page = open_page("/compare")
    expect(page.locator("#scores")).to_contain_text("Highest: tiger cat", timeout=OPENING_MS)
    drop(page, squeezenet, write_text(tmp_path / "labels.txt", ["rasp", "straw", "black"]))
    expect(recognised(page)).to_contain_text("3 of 3 labels, from labels.txt")
    recognised(page).get_by_label("Name").fill("compared")
    model_id = "squeezenet1_1.compared"
    forget(model_id)
    card(page).get_by_role("button", name="Open", exact=True).click()
    expect(network_button(page, "left")).to_contain_text(model_id, timeout=OPENING_MS)
    network_button(page, "left").click()
    yours = page.get_by_role("group", name="Yours").get_by_role("option")
    expect(yours).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#scores")).to_contain_text("tell different classes apart")
    expect(page.locator("#left .badge-assumed")).to_have_text("preparation assumed")


def test_bundle_brings_all_that_is_known_of_it(
    open_page: OpenPage, tmp_path: Path, examples: Path, forget: Callable[[str], None]
) -> None:
    import convscope

    torch.manual_seed(3)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(4, 2),
    ).eval()
    bundle = tmp_path / "pond.zip"
    convscope.export(
        network, bundle, labels=["duck", "goose"], input_shape=(3, 32, 32), name="pond"
    )
    page = open_page("/")
    wait_for_scores(page)
    drop(page, bundle)
    dialog = recognised(page)
    expect(dialog).to_contain_text("2 of 2 labels, from pond.zip")
    # Nobody said any preparation: the bundle's card has the usual one, marked as assumed.
    expect(dialog.get_by_text("as the bundle says")).to_be_visible()
    # The graph that it holds is for this input alone.
    expect(dialog.get_by_label("Input height, px")).to_have_value("32")
    expect(dialog.get_by_label("Input height, px")).to_be_disabled()
    model_id = dialog.locator(".own-full-id").inner_text().strip() + "pond"
    forget(model_id)
    open_it(page, model_id)
    assert set(exact_scores(page, 2)) == {"duck", "goose"}
    expect(page.locator("#model-button .badge-assumed")).to_have_text("preparation assumed")

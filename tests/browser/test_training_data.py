"""Own pictures on the page of the training, what is held out of them, and two runs together."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answering import let_go, wait_for_held
from maps_page import parameter
from opening import Complaints, OpenPage
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
START_MS = 120_000
WITHOUT_WEIGHTS = {"red": (200, 20, 20), "blue": (20, 20, 200)}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    server_on: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[str]:
    """Of its own: what is sent and trained here is in nobody's way."""
    with server_on(tmp_path_factory.mktemp("own-pictures") / "cache") as url:
        yield url


@pytest.fixture(scope="module")
def flowers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten pictures of each of two classes, a broken one and a text."""
    root = tmp_path_factory.mktemp("pictures") / "flowers"
    for name, colour in WITHOUT_WEIGHTS.items():
        (root / name).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (40, 32), tuple(part + number for part in colour)).save(
                root / name / f"{number}.png"
            )
    (root / "red" / "broken.png").write_bytes((root / "red" / "1.png").read_bytes()[:60])
    (root / "red" / "notes.txt").write_text("not a picture")
    (root / "red" / ".hidden").write_text("hidden")
    return root


def zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder.parent))
    return file.getvalue()


def form_of(page: Page) -> None:
    expect(page.locator("#form select[name=architecture] option")).not_to_have_count(0)


def choose(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f'#form [name="{name}"]')
        if field.evaluate("(node) => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def train(page: Page, **fields: str) -> str:
    """Train to the end; returns the run."""
    choose(page, **fields)
    before = parameter(page, "run")
    page.get_by_role("button", name=re.compile("^(Start training|Train again)$")).click()
    page.wait_for_function(
        "(before) => ![null, before].includes(new URLSearchParams(location.search).get('run'))",
        arg=before,
    )
    expect(page.locator(".train-state")).to_have_text(
        re.compile("^(Finished|Learned nothing)$"), timeout=START_MS
    )
    run = parameter(page, "run")
    assert run is not None
    return run


def expect_flowers(page: Page, ask: Ask) -> dict[str, Any]:
    words = page.locator(".train-own-words")
    expect(words).to_have_text("20 pictures of 2 classes, 2 files left out.")
    expect(page.locator(".train-classes")).to_have_text("blue 10 · red 10")
    page.locator(".train-own summary").click()
    left = page.get_by_role("list", name="Files left out")
    expect(left).to_contain_text("red/broken.png")
    expect(left).to_contain_text("damaged")
    expect(left).to_contain_text("red/notes.txt")
    expect(left).not_to_contain_text(".hidden")
    name = page.locator("#form select[name=data]").input_value()
    (kept,) = [each for each in ask("/training/data")["sets"] if each["name"] == name]
    assert kept["title"] == "flowers"
    return kept


def forget(page: Page) -> None:
    page.get_by_role("button", name="Delete these pictures").click()
    expect(page.get_by_role("button", name="Keep", exact=True)).to_be_focused()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".train-own-words")).to_contain_text("drop a folder or a zip")


def test_a_folder_becomes_data_is_learned_from_and_is_deleted(
    open_page: OpenPage, ask: Ask, flowers: Path
) -> None:
    page = open_page("/train")
    form_of(page)
    page.get_by_label("Folder of pictures").set_input_files(flowers)
    kept = expect_flowers(page, ask)
    assert {each["name"]: each["pictures"] for each in kept["classes"]} == {"blue": 10, "red": 10}
    run = train(page, architecture="softmax", epochs="5", batch_size="4", learning_rate="0.01")
    document = ask(f"/training/runs/{run}")
    # A fifth of each class of ten.
    assert (document["training_pictures"], document["held_out_pictures"]) == (16, 4)
    assert document["held_out_accuracy"] == 1
    expect(page.locator(".train-subject")).to_contain_text("softmax on flowers")
    # Of the four held-out pictures two are of each class: a guess is right in half.
    assert document["chance"]["accuracy"] == 0.5
    expect(page.locator(".train-legend")).to_contain_text("one of 2 classes, ln 2 nats")
    # What it reads first is a picture that it has not learned from.
    expect(page.locator(".train-truth")).to_have_text("Held out, and read rightly: blue.")
    forget(page)
    assert ask("/training/data")["sets"] == []
    expect(page.locator("#form select[name=data]")).to_have_value("mnist5k")


def test_a_folder_of_the_disk_is_dropped(
    open_page: OpenPage, ask: Ask, flowers: Path, tmp_path: Path
) -> None:
    page = open_page("/train")
    form_of(page)
    # A browser reads a hundred entries of a folder at a time.
    many = tmp_path / "many"
    for name in ("even", "odd"):
        (many / name / "deeper").mkdir(parents=True)
    for number in range(250):
        place = many / ("odd" if number % 2 else "even") / ("deeper" if number < 20 else "")
        place.joinpath(f"{number}.png").write_bytes((flowers / "red" / "1.png").read_bytes())
    # As a person drops it: the browser itself reads the folder.
    session = page.context.new_cdp_session(page)

    def drop(*folders: Path) -> None:
        data = {"items": [], "files": [str(each) for each in folders], "dragOperationsMask": 1}
        for type_ in ("dragEnter", "dragOver", "drop"):
            event = {"type": type_, "x": 640, "y": 400, "data": data}
            session.send("Input.dispatchDragEvent", event)

    drop(flowers)
    expect_flowers(page, ask)
    forget(page)
    drop(many)
    words = page.locator(".train-own-words")
    expect(words).to_contain_text("250 pictures of 2 classes")
    expect(page.locator(".train-classes")).to_have_text("even 125 · odd 125")
    forget(page)


def test_a_finger_draws_on_the_pad(open_page: OpenPage) -> None:
    page = open_page("/train", viewport={"width": 390, "height": 844}, has_touch=True)
    form_of(page)
    train(page, architecture="softmax", data="digits", batch_size="128", epochs="1")
    page.get_by_role("button", name="Draw", exact=True).tap()
    pad = page.get_by_role("application", name=re.compile("Drawing pad"))
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    scrolled = page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)

    def touch(type_: str, *points: tuple[float, float, int]) -> None:
        fingers = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": number}
            for x, y, number in points
        ]
        session.send("Input.dispatchTouchEvent", {"type": type_, "touchPoints": fingers})

    touch("touchStart", (0.5, 0.2, 0))
    touch("touchMove", (0.5, 0.4, 0))
    # Another finger, or the ball of the hand, draws nothing.
    touch("touchStart", (0.5, 0.4, 0), (0.1, 0.4, 1))
    touch("touchMove", (0.5, 0.4, 0), (0.1, 0.6, 1))
    touch("touchMove", (0.5, 0.8, 0), (0.1, 0.6, 1))
    touch("touchEnd")
    assert page.evaluate("scrollY") == scrolled
    drawn = pad.evaluate(
        """(node) => {
            const { width, height } = node;
            const { data } = node.getContext("2d").getImageData(0, 0, width, height);
            return [[0.5, 0.3], [0.5, 0.75], [0.1, 0.5], [0.15, 0.6]].map(
                ([x, y]) => data[4 * (Math.floor(y * height) * width + Math.floor(x * width))]);
        }"""
    )
    assert drawn == [255, 255, 0, 0]
    sample = page.get_by_label("Sample picture")
    expect(sample.locator("option:checked")).to_have_text("your drawing")
    expect(page.locator(".train-scores li")).to_have_count(10)


def test_a_zip_is_dropped_and_a_wrong_one_is_refused_in_words(
    open_page: OpenPage, ask: Ask, flowers: Path, complaints: Complaints
) -> None:
    complaints.expect("422")
    page = open_page("/train")
    form_of(page)
    drop = """([name, bytes]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name, {type: "application/zip"}));
        for (const type of ["dragover", "drop"]) {
            document.body.dispatchEvent(
                new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
        }
    }"""
    page.evaluate(drop, ["flowers.zip", list(b"GIF89a no archive")])
    words = page.locator(".train-own-words")
    expect(words).to_contain_text("The file is no zip archive.")
    expect(words).to_have_class(re.compile("is-wrong"))
    page.evaluate(drop, ["flowers.zip", list(zipped(flowers))])
    expect_flowers(page, ask)
    expect(words).not_to_have_class(re.compile("is-wrong"))
    # Whoever comes back finds it among the data.
    page.reload()
    form_of(page)
    choose(page, data=ask("/training/data")["sets"][0]["name"])
    expect(words).to_have_text("20 pictures of 2 classes, 2 files left out.")
    forget(page)


def test_what_the_page_packs_is_a_zip_as_others_read_it(open_page: OpenPage) -> None:
    page = open_page("/train")
    packed = page.evaluate(
        """async () => {
            const {zipOf} = await import("./static/js/pages/train/zip.js");
            const files = [
                {path: "a/ä.bin", file: new Blob([new Uint8Array([0, 1, 2, 255])])},
                {path: "b/empty", file: new Blob([])},
            ];
            const zip = await zipOf(files, () => undefined, new AbortController().signal);
            return [...new Uint8Array(await zip.arrayBuffer())];
        }"""
    )
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as archive:
        # Reads every entry and compares its CRC-32.
        assert archive.testzip() is None
        assert archive.namelist() == ["a/ä.bin", "b/empty"]
        assert archive.read("a/ä.bin") == bytes([0, 1, 2, 255])


def test_sending_tells_how_far_and_is_stopped(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/train", routed=True)
    form_of(page)
    colours = np.zeros((32, 32, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "PNG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name in ("a/0.png", "a/1.png", "b/0.png", "b/1.png"):
            opened.writestr(name, file.getvalue())

    def send() -> None:
        page.get_by_label("Zip of pictures").set_input_files(
            {"name": "x.zip", "mimeType": "application/zip", "buffer": archive.getvalue()}
        )

    held = wait_for_held(page, "/training/data", send)
    expect(page.locator(".train-own-going")).to_be_visible()
    page.locator(".train-own").get_by_role("button", name="Stop").click()
    expect(page.locator(".train-own-words")).to_have_text("Stopped. Nothing was kept.")
    expect(page.locator(".train-own-going")).to_be_hidden()
    let_go(page, held)
    expect(page.get_by_role("button", name="Own zip…")).to_be_enabled()


def test_runs_are_named_compared_downloaded_and_deleted(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/train")
    form_of(page)
    first = train(page, architecture="softmax", data="digits", batch_size="128", epochs="2")
    second = train(page, architecture="softmax", data="digits", batch_size="64", epochs="4")
    row = page.locator(f'.train-runs li[data-run="{first}"]')
    row.locator("summary").click()
    row.get_by_label("Name of the run").fill("larger batches")
    row.get_by_role("button", name="Rename").click()
    expect(row.locator("a").first).to_have_text("larger batches")
    assert ask(f"/training/runs/{first}")["name"] == "larger batches"

    # Both curves in one plot, over epochs: four of the one, two of the other.
    row.get_by_role("button", name="Curves beside those shown").click()
    assert parameter(page, "runs") == f"{second},{first}"
    held_out = page.locator("#curves .train-curve.is-held-out")
    expect(held_out).to_have_count(4)
    expect(page.locator(".train-legend")).to_contain_text("larger batches: training")

    def ends() -> list[float]:
        paths = page.locator("#curves figure:first-child .train-curve.is-held-out").all()
        return [
            float(re.findall(r"[ML]([\d.]+)", path.get_attribute("d") or "")[-1]) for path in paths
        ]

    long, short = ends()
    # From the left margin of 46 px: the shorter run ends half-way.
    assert short - 46 == pytest.approx((long - 46) / 2, abs=0.2)
    page.reload()
    expect(held_out).to_have_count(4)
    expect(row).to_contain_text("second in the plot")
    row.locator("summary").click()
    there = row.get_by_role("link", name="both networks on one picture").get_attribute("href")
    assert there is not None
    models = [ask(f"/training/runs/{run}")["model"].replace("@", "%40") for run in (second, first)]
    assert there == f"compare?left_model={models[0]}&right_model={models[1]}"

    with page.expect_download() as download:
        row.get_by_role("link", name="bundle").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["card.json", "weights.safetensors"]

    row.get_by_role("button", name="Delete …").click()
    expect(row.get_by_role("button", name="Keep it")).to_be_focused()
    row.get_by_role("button", name="Delete it").click()
    expect(row).to_have_count(0)
    assert parameter(page, "run") == second
    assert [each["id"] for each in ask("/training/runs")["runs"]].count(first) == 0


def test_held_out_curve_and_words_are_those_of_the_run(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/train")
    form_of(page)
    run = train(
        page,
        architecture="softmax",
        data="digits",
        batch_size="128",
        epochs="1",
        learning_rate="0.000000000001",
    )
    expect(page.locator(".train-state")).to_have_text("Learned nothing")
    document = ask(f"/training/runs/{run}")
    assert document["last_epoch"]["is_at_chance"] is True
    expect(page.locator(".train-chance")).to_contain_text(
        "no better than chance, which is 10.00\u202f%, one of 10 classes"
    )
    expect(page.locator(".train-chance")).to_contain_text("binomial")
    # Before the first step and after the one epoch.
    expect(page.locator("#curves figure:first-child .train-dot.is-held-out")).to_have_count(2)
    expect(page.locator("#curves .train-chance-line")).to_have_count(2)


def test_samples_are_held_out_uploaded_and_drawn(open_page: OpenPage, flowers: Path) -> None:
    page = open_page("/train")
    form_of(page)
    train(page, architecture="softmax", data="digits", batch_size="128", epochs="2")
    scores = page.locator(".train-scores")
    seen = page.locator(".train-seen")
    expect(page.get_by_label("Sample picture")).to_have_value("held-0")
    expect(page.locator(".train-truth")).to_contain_text("0")
    page.get_by_label("Sample picture").select_option("held-7")
    expect(page.locator(".train-truth")).to_contain_text("7")
    assert parameter(page, "sample") == "held-7"
    first = seen.get_attribute("src")

    page.get_by_label("Sample file").set_input_files(flowers / "red" / "1.png")
    expect(page.get_by_label("Sample picture")).not_to_have_value("held-7")
    expect(page.get_by_label("Sample picture").locator("option:checked")).to_have_text("1.png")
    expect(page.locator(".train-truth")).to_have_text("")
    expect(seen).not_to_have_attribute("src", first or "")
    uploaded = parameter(page, "sample")

    page.get_by_role("button", name="Draw", exact=True).click()
    pad = page.get_by_role("application", name=re.compile("Drawing pad"))
    box = pad.bounding_box()
    assert box
    page.mouse.move(box["x"] + 50, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 50, box["y"] + 150, steps=5)
    page.mouse.up()
    expect(page.get_by_label("Sample picture").locator("option:checked")).to_have_text(
        "your drawing"
    )
    assert parameter(page, "sample") != uploaded
    expect(scores.locator("li")).to_have_count(10)


def test_weights_that_are_drawn_are_those_of_every_pause_and_step(
    open_page: OpenPage, ask: Ask
) -> None:
    page = open_page("/train")
    form_of(page)
    choose(page, architecture="softmax", data="digits", engine="numpy", epochs="500")
    page.get_by_role("button", name=re.compile("^(Start training|Train again)$")).click()
    expect(page.locator(".train-state")).to_have_text("Training", timeout=START_MS)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".train-state")).to_have_text("Paused")
    step = page.locator('[data-name="step"]')
    seen = []
    for clicks in range(3):
        if clicks:
            page.get_by_role("button", name="Step", exact=True).click()
            expect(step).not_to_have_text(seen[-1][0])
        text = step.inner_text()
        number = int(text.split(" of ")[0].replace(",", ""))
        canvas = page.locator(f'#templates canvas[data-step="{number}"]')
        expect(canvas).to_be_visible()
        expect(page.locator(".train-which")).to_contain_text(f"step {number:,}")
        seen.append((text, canvas.evaluate("(node) => node.toDataURL()")))
    assert len({picture for _, picture in seen}) == 3
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".train-state")).to_have_text("Stopped")

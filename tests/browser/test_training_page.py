"""The page of the training: a network learns, its templates form, and the result is opened."""

import base64
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from answering import let_go, wait_for_held
from maps_page import parameter
from opening import Complaints, OpenPage
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Ask = Callable[[str], Any]
ROOT = Path(__file__).parents[2]

# A loaded machine takes its time to start another Python.
START_MS = 120_000


def choose(page: Page, **fields: str) -> None:
    form = page.locator("#form")
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"]')
        if field.evaluate("(node) => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def start(page: Page) -> str:
    page.get_by_role("button", name=re.compile("^(Start training|Train again)$")).click()
    expect(page).to_have_url(re.compile(r"run=[0-9a-f]{8}"))
    run = parameter(page, "run")
    assert run is not None
    return run


def expect_state(page: Page, state: str) -> None:
    expect(page.locator(".train-state")).to_have_text(state, timeout=START_MS)


def step_of(page: Page) -> int:
    text = page.locator('[data-name="step"]').inner_text()
    return int(text.split(" of ")[0].replace(",", ""))


def templates_at(page: Page, step: int) -> bytes:
    """The canvas' pixels as RGB, once it shows this step."""
    canvas = page.locator(f'#templates canvas[data-step="{step}"]')
    expect(canvas).to_be_visible()
    encoded = canvas.evaluate("(node) => node.toDataURL()").partition(",")[2]
    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")
    colours = picture.getcolors(picture.width * picture.height)
    assert colours is not None
    assert len(colours) > 10
    return picture.tobytes()


def wait_for_templates(page: Page, step: int) -> None:
    """Until the first layer is shown as it was after so many steps, or more."""
    page.wait_for_function(
        """(step) => {
            const canvas = document.querySelector("#templates canvas[data-step]");
            return canvas && Number(canvas.dataset.step) >= step;
        }""",
        arg=step,
    )


def wait_for_step(page: Page, step: int) -> None:
    """Until the replay has come to it."""
    page.wait_for_function(
        "(step) => new URLSearchParams(location.search).get('step') === step", arg=str(step)
    )


def scrub(page: Page, key: str) -> int:
    page.get_by_role("slider", name="Checkpoint").press(key)
    step = parameter(page, "step")
    assert step is not None
    return int(step)


def test_softmax_learns_before_ones_eyes_and_opens(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/train")
    expect(page.locator("#form select[name=architecture] option")).not_to_have_count(0)
    choose(page, architecture="softmax", data="digits", engine="numpy")
    choose(page, batch_size="64", epochs="500")
    run = start(page)
    expect_state(page, "Training")
    page.get_by_role("button", name="Pause").click()
    expect_state(page, "Paused")
    paused = step_of(page)

    page.get_by_role("button", name="Step").click()
    expect(page.locator('[data-name="step"]')).to_have_text(re.compile(f"^{paused + 1:,} of"))
    expect(page.locator('[data-name="loss"]')).to_have_text(re.compile(r"^\d\.\d{3}$"))
    expect(page.locator(".train-curve").first).to_have_attribute("d", re.compile("L"))

    # Whoever comes back finds the run where it stands.
    page.reload()
    expect_state(page, "Paused")
    expect(page.locator('[data-name="step"]')).to_have_text(re.compile(f"^{paused + 1:,} of"))
    expect(page.locator("#form select[name=data]")).to_have_value("digits")

    page.get_by_role("button", name="Resume").click()
    expect_state(page, "Training")
    page.get_by_role("button", name="Finish now").click()
    expect_state(page, "Finished")
    expect(page.locator(".train-outcome")).to_contain_text("of 360 held-out pictures")

    first = scrub(page, "Home")
    # Nothing has been learned before the first step.
    untrained = page.locator("#sample-tools .badge-random")
    expect(untrained).to_be_visible()
    assert first == 0
    before = templates_at(page, 0)
    last = scrub(page, "End")
    expect(untrained).to_be_hidden()
    kept = ask(f"/training/runs/{run}/checkpoints")["checkpoints"]
    assert last == kept[-1]["step"] > paused
    assert templates_at(page, last) != before
    assert scrub(page, "ArrowLeft") == kept[-2]["step"]
    expect(page.locator(".train-which")).to_contain_text(f"step {kept[-2]['step']:,}")

    # The scores beside it are those of the same checkpoint.
    model = kept[-2]["model"]
    scores = page.locator(".train-scores")
    expect(scores).to_have_attribute("data-model", model)
    best = page.locator(".train-scores .is-best .train-score-label").inner_text()
    assert best in "0123456789"

    page.get_by_role("link", name="Open in the microscope").click()
    expect(page.locator("#model-button")).to_contain_text("Linear softmax", timeout=START_MS)
    assert parameter(page, "model") == model
    expect(page.locator("#scores")).to_have_attribute("aria-busy", "false", timeout=START_MS)
    expect(page.locator(".score-table tbody tr").first).to_be_visible(timeout=START_MS)


class TestCommandLine:
    """On a server of its own, whose page is empty before: runs of other tests are elsewhere."""

    @pytest.fixture(scope="class")
    @classmethod
    def cache_directory(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("command-line") / "cache"

    @pytest.fixture(scope="class")
    @classmethod
    def server(
        cls,
        cache_directory: Path,
        server_on: Callable[[Path], AbstractContextManager[str]],
    ) -> Iterator[str]:
        with server_on(cache_directory) as url:
            yield url

    def test_training_at_the_command_line_is_shown_as_it_learns(
        self, open_page: OpenPage, cache_directory: Path
    ) -> None:
        page = open_page("/train")
        expect(page.locator(".train-outcome")).to_contain_text("Nothing is being trained")
        # What is preselected is there.
        expect(page.locator("#form select[name=data]")).to_have_value("mnist5k")
        command = ["-m", "models.training", "lenet5", "--data=digits", "--engine=numpy"]
        process = subprocess.Popen(
            [sys.executable, *command, "--epochs=500"],
            cwd=ROOT,
            env={**os.environ, "CONVSCOPE_CACHE_DIR": str(cache_directory)},
            stderr=subprocess.DEVNULL,
        )
        try:
            # Nobody touches the page.
            expect_state(page, "Training")
            expect(page.locator(".train-outcome")).to_contain_text("Ctrl-C")
            for name in ("Pause", "Step", "Finish now", "Stop"):
                expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
            wait_for_templates(page, 3)
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(timeout=30)
        expect_state(page, "Interrupted")
        scrub(page, "Home")
        before = templates_at(page, 0)
        assert templates_at(page, scrub(page, "End")) != before

    def test_run_of_a_folder_can_be_looked_at_and_asks_for_data_to_train_again(
        self, open_page: OpenPage, cache_directory: Path, tmp_path: Path
    ) -> None:
        """A run of the command line on pictures that this server does not offer; at chance."""
        # The same pictures in both classes: whatever it learns, half of its answers are wrong.
        for label in ("one", "other"):
            (tmp_path / "halves" / label).mkdir(parents=True)
            for number in range(10):
                picture = Image.new("RGB", (32, 32), (number * 25, 100, 255 - number * 25))
                picture.save(tmp_path / "halves" / label / f"{number}.png")
        command = ["-m", "models.training", "softmax", f"--data=folder:{tmp_path / 'halves'}"]
        done = subprocess.run(
            [sys.executable, *command, "--epochs=1"],
            cwd=ROOT,
            env={**os.environ, "CONVSCOPE_CACHE_DIR": str(cache_directory)},
            capture_output=True,
            text=True,
            check=True,
        )
        model = re.search(r"\?model=(softmax\.run-\w{8})", done.stdout.splitlines()[-1])
        assert model is not None
        page = open_page(f"/train?run={model[1].partition('run-')[2]}")
        expect_state(page, "Learned nothing")
        # As a failure is, and not in the green of what succeeded.
        colour = "(node) => getComputedStyle(node).color"
        assert page.locator(".train-state").evaluate(colour) == page.evaluate(
            """() => {
                const probe = document.body.appendChild(document.createElement("span"));
                probe.style.color = "var(--problem-ink)";
                return getComputedStyle(probe).color;
            }"""
        )
        expect(page.locator(".train-missing")).to_contain_text("folder_halves")
        expect(page.locator("#form select[name=data]")).to_have_value("")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.get_by_role("button", name="Train again").click()
        assert page.locator("#form select[name=data]").evaluate(
            "(node) => node.matches(':invalid')"
        )
        assert "POST" not in sent
        choose(page, data="digits")
        expect(page.locator(".train-missing")).to_be_hidden()
        assert page.locator("#form form").evaluate("(form) => form.checkValidity()")


def test_replay_stays_until_a_step_is_seen_and_ends_by_hand(open_page: OpenPage, ask: Ask) -> None:
    page = open_page("/train")
    expect(page.locator("#form select[name=architecture] option")).not_to_have_count(0)
    # Without response normalisation there is no numpy for AlexNet: torch is chosen instead.
    choose(page, architecture="softmax", engine="numpy", data="digits")
    choose(page, architecture="alexnet_32")
    expect(page.locator("#form select[name=engine]")).to_have_value("torch")
    expect(page.locator("#form select[name=engine] option[value=numpy]")).to_be_disabled()
    choose(page, architecture="softmax", engine="numpy", batch_size="16", epochs="3")
    run = start(page)
    expect_state(page, "Finished")
    kept = [each["step"] for each in ask(f"/training/runs/{run}/checkpoints")["checkpoints"]]
    shown: list[tuple[int, int, str]] = []
    page.expose_function("note", lambda *each: shown.append(each))
    page.evaluate(
        """() => {
            const canvas = document.querySelector("#templates canvas");
            const scores = document.querySelector(".train-scores");
            const step = () => Number(new URLSearchParams(location.search).get("step"));
            let before = step();
            new MutationObserver(() => {
                // The step before has just been left: what was on the page then?
                if (step() !== before) window.note(before, Number(canvas.dataset.step), "");
                before = step();
            }).observe(document.querySelector(".train-which"), {childList: true, subtree: true});
        }"""
    )
    page.get_by_role("button", name="Replay").click()
    wait_for_step(page, kept[4])
    page.get_by_role("button", name="Newest").click()
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    expect(page.locator(f'#templates canvas[data-step="{kept[-1]}"]')).to_be_visible()
    assert parameter(page, "step") is None
    left = [(before, drawn) for before, drawn, _ in shown if before in kept[:4]]
    assert left
    assert all(before == drawn for before, drawn in left)

    # What is opened is what was seen when the link was pressed.
    page.get_by_role("button", name="Replay").click()
    wait_for_step(page, kept[2])
    link = page.get_by_role("link", name="Open in the microscope")
    link.dispatch_event("pointerdown")
    seen = parameter(page, "step")
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    assert link.get_attribute("href").startswith(f"./?model=softmax.run-{run}%40{seen}&")


# What the page says of each, as the course writes it: by hand.
RULES = {
    "gradient-descent": "w ← w - r ∂L/∂w",
    "random-local-search": "W ← W + f iff L(W + f) < L(W), f ~ N(0, s²)",
    "random-search": "W ← V iff L(V) < L(W), V ~ N(0, s²)",
}
FIELDS = {
    "gradient-descent": {"learning_rate", "schedule", "epochs", "seed"},
    "random-local-search": {"scale", "epochs", "seed"},
    "random-search": {"scale", "epochs", "seed"},
    "nesterov": {"learning_rate", "schedule", "batch_size", "epochs", "seed"},
}


def settings_shown(page: Page) -> set[str]:
    fields = page.locator(".train-settings :is(input, select):visible")
    return set(fields.evaluate_all("(nodes) => nodes.map((node) => node.name)"))


def value_of(page: Page, name: str) -> str:
    return page.locator(f'#form [name="{name}"]').input_value()


@pytest.mark.parametrize("optimiser", list(RULES))
def test_optimiser_is_chosen_by_name_and_its_rule_is_read(
    optimiser: str, open_page: OpenPage, ask: Ask
) -> None:
    page = open_page("/train")
    expect(page.locator("#form select[name=architecture] option")).not_to_have_count(0)
    assert settings_shown(page) == FIELDS["nesterov"]
    rate = value_of(page, "learning_rate")
    page.get_by_label("Optimiser").select_option(optimiser)
    expect(page.locator(".train-rule")).to_have_text(RULES[optimiser])
    described = page.get_by_label("Optimiser").get_attribute("aria-describedby")
    assert described is not None
    assert "train-rule" in described.split()
    expect(page.locator(".train-note")).to_contain_text("all training pictures")
    assert settings_shown(page) == FIELDS[optimiser]
    assert parameter(page, "optimiser") == optimiser
    choose(page, architecture="softmax", engine="numpy", data="digits", epochs="6")
    expect(page.locator(".train-rule")).to_have_text(RULES[optimiser])
    choose(page, epochs="6")
    run = start(page)
    page.wait_for_function(
        "() => ['Finished', 'Learned nothing'].includes("
        "document.querySelector('.train-state').textContent)",
        timeout=START_MS,
    )
    choice = ask(f"/training/runs/{run}")["choice"]
    assert (choice["optimiser"], choice["batch_size"]) == (optimiser, None)
    # 1,437 digits in one step, six times.
    expect(page.locator('[data-name="step"]')).to_have_text("6 of 6")
    expect(page.locator('[data-name="epoch"]')).to_have_text("6 of 6")
    expect(page.locator(".train-subject")).to_contain_text("all pictures in every step")
    expect(page.locator("#curves figcaption").first).to_contain_text("the whole training set")
    # Back to minibatches, with what they had.
    page.get_by_label("Optimiser").select_option("nesterov")
    assert settings_shown(page) == FIELDS["nesterov"]
    assert value_of(page, "learning_rate") == rate
    assert value_of(page, "schedule") == "cosine"


def test_optimiser_in_the_address_is_preselected_and_stays(open_page: OpenPage) -> None:
    page = open_page("/train?optimiser=random-local-search")
    expect(page.locator(".train-rule")).to_have_text(RULES["random-local-search"])
    assert settings_shown(page) == FIELDS["random-local-search"]
    scale = value_of(page, "scale")
    choose(page, architecture="mlp")
    expect(page.locator("#form select[name=optimiser]")).to_have_value("random-local-search")
    assert value_of(page, "scale") == scale
    choose(page, optimiser="gradient-descent")
    page.reload()
    expect(page.locator(".train-rule")).to_have_text(RULES["gradient-descent"])
    assert value_of(page, "schedule") == "constant"
    page.get_by_role("button", name="As the recipe says").click()
    expect(page.locator("#form select[name=optimiser]")).to_have_value("nesterov")
    assert parameter(page, "optimiser") is None
    # One that is not known is asked for, not guessed.
    page.goto(page.url.partition("?")[0] + "?optimiser=climbing")
    expect(page.locator("#form select[name=optimiser]")).to_have_value("")
    expect(page.locator("#form select[name=optimiser] option").first).to_contain_text("climbing")


@pytest.mark.full
def test_kernels_of_lenet_change_while_it_is_trained(open_page: OpenPage) -> None:
    page = open_page("/train?axis=log")
    choose(page, architecture="lenet5", data="digits", engine="numpy", epochs="500")
    start(page)
    expect_state(page, "Training")
    wait_for_templates(page, 2)
    # Six maps of c1 for the sample, as they are drawn from the checkpoint.
    expect(page.locator("#sample .train-caption")).to_contain_text("6 maps of c1")
    page.get_by_role("button", name="Stop").click()
    expect_state(page, "Stopped")
    scrub(page, "Home")
    before = templates_at(page, 0)
    last = scrub(page, "End")
    assert templates_at(page, last) != before
    expect(page.get_by_role("button", name="Train again")).to_be_enabled()


def test_a_run_that_was_told_to_stop_is_not_said_to_train(open_page: OpenPage) -> None:
    page = open_page("/train", routed=True)
    choose(page, architecture="softmax", data="digits", epochs="500")
    start(page)
    expect_state(page, "Training")
    stop = page.get_by_role("button", name="Stop", exact=True)
    held = wait_for_held(page, "/v1/training/runs/[0-9a-f]{8}$", stop.click)
    expect_state(page, "Stopping")
    expect(stop).to_be_disabled()
    let_go(page, held)
    expect_state(page, "Stopped")


def test_failure_and_busy_are_told_in_words(
    open_page: OpenPage, complaints: Complaints, ask: Ask
) -> None:
    complaints.expect("503")
    complaints.expect("404")
    page = open_page("/train?run=deadbeef")
    expect(page.locator("#status .notice-problem")).to_contain_text("deadbeef")
    expect(page.locator(".train-state")).to_have_text("Ready")

    # Longer than anybody waits: it is still there when another is asked for.
    choose(page, architecture="softmax", data="digits", epochs="500")
    other = open_page("/train")
    expect(other.get_by_role("button", name="Start training")).to_be_enabled()
    choose(other, architecture="softmax", data="digits", epochs="1")
    run = start(page)
    other.get_by_role("button", name="Start training").click()
    expect(other.locator("#status .notice-problem")).to_contain_text(run)
    other.get_by_role("button", name="Watch that run").click()
    expect(other).to_have_url(re.compile(f"run={run}"))
    page.get_by_role("button", name="Stop", exact=True).click()
    for each in (page, other):
        expect_state(each, "Stopped")

    choose(page, learning_rate="1e38", epochs="50")
    page.get_by_role("button", name="Train again").click()
    expect(page).not_to_have_url(re.compile(f"run={run}"))
    other.goto(page.url)
    for each in (page, other):
        expect_state(each, "Diverged")
        expect(each.locator(".train-outcome")).to_contain_text("Try a learning rate below")
        expect(each.get_by_role("button", name="Train again")).to_be_enabled()
    assert ask("/training")["current_run"] is None


def test_form_waits_for_the_settings_of_its_run(open_page: OpenPage) -> None:
    page = open_page("/train", routed=True)
    choose(page, architecture="softmax", data="digits", epochs="2")
    run = start(page)
    expect_state(page, "Finished")
    held = wait_for_held(page, f"/runs/{run}/events", page.reload)
    # What there is to choose from is here, and what was chosen for this run is not.
    expect(page.locator("#form select[name=data] option[value=digits]")).to_be_attached()
    expect(page.get_by_label("Epochs", exact=True)).to_be_disabled()
    let_go(page, held)
    expect(page.get_by_label("Epochs", exact=True)).to_be_enabled()
    assert value_of(page, "epochs") == "2"


def test_page_fits_a_phone(open_page: OpenPage) -> None:
    page = open_page("/train", viewport={"width": 390, "height": 844})
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

"""Networks as people have them on their disks, and the page that they are dropped on."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Locator, Page, expect
from reading import wait_for_scores
from torch import nn

LABELS = ("daisy", "rose", "tulip", "iris", "lily", "poppy", "aster")
# A checkpoint of 85 MB is written, sent, read and opened, beside whatever else the machine does.
OPENING_MS = 60_000


def design(name: str, seed: int, **options: Any) -> nn.Module:
    """A design of torchvision with weights that a fixed seed draws."""
    # First what lets torchvision import beside any build of torch; both take a second.
    import_module("models.torchvision_operators")
    from torchvision.models import get_model

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return get_model(name, weights=None, **options).eval()


def resnet34_of_seven_classes() -> nn.Module:
    """The engineer's network, its scores brought near each other, so that all of them count."""
    network = design("resnet34", 34, num_classes=len(LABELS))
    with torch.no_grad():
        network.get_parameter("fc.weight").mul_(0.1)
    return network


def write_text(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def scores_by_torchvision(network: nn.Module, picture: Path) -> list[float]:
    """What the person's own script says: the module, after torchvision's own preparation."""
    from PIL import Image
    from torchvision import transforms

    import models.torchvision_operators  # noqa: F401

    prepare = transforms.Compose(
        [
            transforms.Resize(256),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    with Image.open(picture) as image, torch.no_grad():
        return network(prepare(image.convert("RGB"))[None]).softmax(1)[0].tolist()


def drop(page: Page, *paths: Path) -> None:
    """Drop files anywhere on the page; read by the browser from the disk, however large."""
    page.evaluate(
        """() => {
            const input = document.createElement("input");
            Object.assign(input, { type: "file", multiple: true, id: "dropped", hidden: true });
            document.body.append(input);
        }"""
    )
    page.set_input_files("#dropped", paths)
    data = page.evaluate_handle(
        """() => {
            const input = document.getElementById("dropped");
            const data = new DataTransfer();
            for (const file of input.files) data.items.add(file);
            input.remove();
            return data;
        }"""
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": data})
    page.dispatch_event("main", "drop", {"dataTransfer": data})


def card(page: Page) -> Locator:
    """The dialog of a network that comes in."""
    return page.get_by_role("dialog")


def recognised(page: Page) -> Locator:
    """The dialog once the server has said what a file is."""
    dialog = card(page)
    expect(dialog.locator(".own-verdict")).to_be_visible(timeout=OPENING_MS)
    return dialog


def open_it(page: Page, model_id: str) -> None:
    """Press Open, and wait until the microscope is on that network."""
    card(page).get_by_role("button", name="Open", exact=True).click()
    expect(card(page)).to_be_hidden(timeout=OPENING_MS)
    expect(page.locator(".model-button-id")).to_have_text(model_id, timeout=OPENING_MS)


def exact_scores(page: Page, count: int) -> dict[str, float]:
    """The labels on the page with all digits of the shares beside them."""
    wait_for_scores(page)
    rows = page.locator(".score-table tbody tr")
    expect(rows).to_have_count(count, timeout=OPENING_MS)
    found: list[list[str]] = rows.evaluate_all(
        """(rows) => rows.map((row) => [
            row.querySelector(".score-label").textContent,
            row.querySelector(".score-number").title.split(" ")[1],
        ])"""
    )
    return {label: float(share.replace("\N{MINUS SIGN}", "-")) for label, share in found}

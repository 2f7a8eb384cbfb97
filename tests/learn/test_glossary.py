"""The terms that the pages explain: all there, each leading somewhere, none used that is not."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.web.learn.chapters import CHAPTERS
from app.web.learn.terms import TERMS, glossary

ROOT = Path(__file__).parents[2]
BY_KEY = {term.key: term for term in TERMS}
# Layers that only rearrange numbers, or whose word says it all.
SELF_EVIDENT = {"input", "permute", "split", "slice", "channel_shuffle", "multiply"}


def used_keys() -> set[str]:
    """What scripts name in `term("key", ...)`, or `explain` where a term is a number of a sum.

    The scale of the scores, and the words of a layer's head, are variables there.
    """
    scripts = [path.read_text(encoding="utf-8") for path in (ROOT / "static/js").rglob("*.js")]
    found = {
        key for text in scripts for key in re.findall(r'\b(?:term|explain)\(\s*"([^"]+)"', text)
    }
    return found | {"softmax", "sigmoid", "stride", "dilation", "depthwise"}


def test_every_term_that_a_page_uses_is_in_the_glossary() -> None:
    assert len(used_keys()) > 15
    assert used_keys() <= set(BY_KEY)


def test_every_term_of_the_glossary_can_be_tapped_somewhere() -> None:
    """As a word of a page, or as what a layer does."""
    assert {term.key for term in TERMS if not term.operations} <= used_keys()


@pytest.mark.parametrize("model", ["alexnet", "googlenet", "resnet50", "mobilenet_v3_large"])
def test_what_a_layer_does_is_explained(client: TestClient, model) -> None:
    layers = client.get(f"/api/v1/models/{model}.random").json()["layers"]
    explained = {operation for term in TERMS for operation in term.operations}
    assert {layer["operation"] for layer in layers} <= explained | SELF_EVIDENT


def test_terms_have_names_of_their_own_and_are_short() -> None:
    assert len(BY_KEY) == len(TERMS)
    assert len({term.name for term in TERMS}) == len(TERMS)
    operations = [operation for term in TERMS for operation in term.operations]
    assert len(set(operations)) == len(operations)
    for term in TERMS:
        assert term.sentences.endswith("."), term.key
        assert len(term.sentences) <= 240, term.key


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.key)
def test_a_term_leads_to_its_chapter_and_section(client: TestClient, term) -> None:
    assert term.chapter in {chapter.slug for chapter in CHAPTERS}
    path, _, section = term.address.partition("#")
    page = client.get(f"/{path}")
    assert page.status_code == 200
    if section:
        assert f'id="{section}"' in page.text, f"{path} has no section {section}"


@pytest.mark.parametrize("path", ["/", "/train"])
def test_pages_bring_the_glossary_with_them(client: TestClient, path) -> None:
    text = client.get(path).text
    assert '<script type="application/json" id="glossary">' in text
    for key in glossary():
        assert f'"{key}"' in text
    # A closing tag in a sentence would end the block.
    assert text.count("</script>") == text.count("<script")


def test_all_terms_stand_at_the_end_of_the_course(client: TestClient) -> None:
    text = client.get("/learn").text
    assert text.count('<div id="term-') == len(TERMS)

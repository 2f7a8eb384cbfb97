"""Every formula of the course is evaluated: on its numbers, or by a check of its own."""

import importlib
import math
import re

import pytest
from fastapi.testclient import TestClient
from formula_reading import Formula, evaluate, formulas_of

from app.web.learn.chapters import CHAPTERS
from app.web.learn.formulas import formula


def checks_of(slug: str):
    try:
        return importlib.import_module(f"formulas.{slug.replace('-', '_')}").CHECKS
    except ModuleNotFoundError:
        return {}


@pytest.fixture(params=CHAPTERS, ids=lambda chapter: chapter.slug)
def chapter(request):
    return request.param


@pytest.fixture
def found(client: TestClient, chapter) -> list[Formula]:
    return formulas_of(client.get(f"/learn/{chapter.slug}").text)


def test_a_formula_has_a_name_of_its_own_in_its_chapter(chapter, found) -> None:
    names = [each.name for each in found]
    assert names
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{chapter.slug}.") for name in names)


def test_a_formula_has_numbers_on_two_sides_or_a_check(chapter, found) -> None:
    """The first are evaluated in the browser's tests, on the numbers that the page shows."""
    checks = checks_of(chapter.slug)
    symbolic = {each.name for each in found if len(each.numeric_sides) < 2}
    assert symbolic == set(checks), "a check for each formula of symbols, and for no other"


@pytest.mark.parametrize(
    ("slug", "name"),
    [(chapter.slug, name) for chapter in CHAPTERS for name in checks_of(chapter.slug)],
)
def test_a_formula_of_symbols_holds(slug: str, name: str) -> None:
    checks_of(slug)[name]()


def test_formulas_are_evaluated_as_they_are_written() -> None:
    """By hand."""
    assert evaluate(r"-\frac{1}{2}\left(\ln(@a) + \ln(@b)\right)", {"a": 0.5, "b": 2}) == 0
    assert evaluate(r"@p \cdot \log_2(@q) - 1", {"p": 3, "q": 0.25}) == -7
    assert math.isclose(evaluate(r"\sqrt[5]{@x}", {"x": 32}), 2)
    assert evaluate(r"\left\lfloor \frac{@n - @k}{2} \right\rfloor", {"n": 8, "k": -1}) == 4
    assert math.isclose(evaluate(r"\frac{1}{1 + e^{-@x}}", {"x": 0}), 0.5)
    assert math.isclose(evaluate(r"@x", {"x": -1.25e-9}), -1.25e-9, rel_tol=1e-15)
    with pytest.raises(ValueError, match="in several ways"):
        evaluate(r"f(@x)", {"x": 1})


def test_slots_stand_in_the_mathml() -> None:
    written = str(formula("a.b", lambda: r"\frac{@up}{2} = @half"))
    assert '<mfrac><mrow><mn data-slot="up">·</mn></mrow><mrow><mn>2</mn></mrow></mfrac>' in written
    assert r'data-latex="\frac{@up}{2} = @half"' in written


def test_a_formula_goes_on_in_a_new_line_where_it_says_so() -> None:
    """A minus between two terms is an operator there too, and no sign: something is before it."""
    written = str(formula("a.b", lambda: r"-@x \allowbreak - 1 \allowbreak = @y"))
    first, second, third = re.findall(r"<math.*?</math>", written)
    assert '<mrow><mo>&#x02212;</mo><mn data-slot="x">' in first
    assert "<mrow /><mo>&#x02212;</mo><mn>1</mn>" in second
    assert '<mo>&#x0003D;</mo><mn data-slot="y">' in third
    assert 'data-latex="-@x - 1 = @y"' in written

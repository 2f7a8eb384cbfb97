"""Graphs of typed expressions: what is read, what is refused, and gradients against autograd."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ExpressionRefusedError
from models.lessons.expression import LONGEST_TEXT, parse_expression
from models.lessons.graph import worked_expression


def number(value):
    return torch.as_tensor(value, dtype=torch.float64)


def of_number(function):
    return lambda value: function(number(value))


TORCH = {
    "max": lambda *numbers: torch.stack([number(each) for each in numbers]).max(),
    **{
        each.__name__: of_number(each)
        for each in (torch.exp, torch.log, torch.tanh, torch.sigmoid, torch.relu)
    },
}


def by_torch(text, values, inflow=1.0):
    """Value and gradients by autograd; Python reads the expression."""
    tensors = {name: number(value).requires_grad_() for name, value in values.items()}
    names = {**TORCH, **tensors}
    program = re.sub(r"(\d)(?=[a-z(])", r"\1*", text.replace("^", "**"))
    *lines, last = re.split(r"[;\n]", program)
    for line in lines:
        name, value = line.split("=")
        names[name.strip()] = eval(value, {}, names)
    result = eval(last, {}, names)
    gradients = torch.autograd.grad(result, list(tensors.values()), number(inflow))
    return result.item(), {name: each.item() for name, each in zip(tensors, gradients, strict=True)}


def gradients_of(worked):
    return {each.id: float(each.inflow) for each in worked.nodes if each.kind == "variable"}


# The figures of the notes, by hand.


def test_three_x_and_five_x_add_up_to_eight():
    worked = worked_expression("3x + 5x", {"x": 2})
    assert float(worked.nodes[-1].value) == 16
    assert gradients_of(worked) == {"x": 8}
    sent = {edge.target: float(edge.sent) for edge in worked.edges if edge.source == "x"}
    assert sorted(sent.values()) == [3, 5]


@pytest.mark.parametrize(
    ("text", "values", "inflow", "expected"),
    [
        ("a + b", {"a": 4, "b": -1}, 7, {"a": 7, "b": 7}),
        ("max(a, b)", {"a": 4, "b": 9}, 7, {"a": 0, "b": 7}),
        ("a * b", {"a": 4, "b": -3}, 2, {"a": -6, "b": 8}),
        ("a - b", {}, 7, {"a": 7, "b": -7}),
        ("a / b", {"a": 3, "b": 2}, 4, {"a": 2, "b": -3}),
        ("-x^2", {"x": 3}, 1, {"x": -6}),
        ("2^3*x", {"x": 5}, 1, {"x": 8}),
        ("-3x", {"x": 5}, 1, {"x": -3}),
        ("1/2x", {"x": 5}, 1, {"x": 0.5}),
        ("8 - 3 - x", {"x": 5}, 1, {"x": -1}),
        ("(x)(x+1)", {"x": 2}, 1, {"x": 5}),
        ("x * x", {"x": 5}, 1, {"x": 10}),
        ("x^-1", {"x": 2}, 1, {"x": -0.25}),
        ("2e3x + 2.5e-1y", {}, 1, {"x": 2000, "y": 0.25}),
        ("2e - 3", {"e": 5}, 1, {"e": 2}),
        ("x", {"x": 2}, 3, {"x": 3}),
        ("exp(log(x))", {"x": 2}, 1, {"x": 1}),
        ("sigmoid(x)", {"x": 0}, 4, {"x": 1}),
        ("tanh(0*x) + relu(-x)", {"x": 2}, 1, {"x": 0}),
    ],
)
def test_gradients_by_hand(text, values, inflow, expected):
    assert gradients_of(worked_expression(text, values, inflow)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "3x + 5x",
        "h = relu(w1*x); t = w2*h; log(1 + exp(-t))",
        "p = sigmoid(a*x + b)\n(p - 1)^2 / 2",
        "max(a*b, a + b, tanh(a)) - a/b",
        "a = x*y; b = a*a; c = b*a; c/(1 + b)",
        "exp(-x^2/2) * log(y) + x^3 - y^-2",
        "max(max(x, y), 2x) * sigmoid(x - y)",
    ],
)
def test_every_gradient_agrees_with_autograd(text):
    defined = set(re.findall(r"(\w+) =", text))
    variables = {
        each.id: None for each in parse_expression(text) if each.kind == "variable"
    }.keys() - defined
    generator = np.random.default_rng(3)
    for _ in range(5):
        values = {name: generator.uniform(0.2, 2) for name in sorted(variables)}
        value, expected = by_torch(text, values, inflow=-1.5)
        worked = worked_expression(text, values, inflow=-1.5)
        assert float(worked.nodes[-1].value) == pytest.approx(value, abs=1e-12)
        assert gradients_of(worked) == pytest.approx(expected, abs=1e-6)
        for name in variables:
            step = 1e-6
            above, below = (
                float(
                    worked_expression(text, {**values, name: values[name] + each}).nodes[-1].value
                )
                for each in (step, -step)
            )
            measured = -1.5 * (above - below) / (2 * step)
            assert gradients_of(worked)[name] == pytest.approx(measured, abs=1e-5)


@st.composite
def expressions(draw, depth=3):
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(["x", "y", "z", "2", "0.5"]))
    inner = expressions(depth=depth - 1)
    shape = draw(
        st.sampled_from(
            [
                "({} + {})",
                "({} - {})",
                "({} * {})",
                "max({}, {})",
                "tanh({})",
                "sigmoid({})",
                "-({})",
            ]
        )
    )
    return shape.format(*(draw(inner) for _ in range(shape.count("{}"))))


@settings(max_examples=100)
@given(expressions(), st.floats(-3, 3))
def test_any_expression_agrees_with_autograd(text, inflow):
    text = f"x * y * z + {text}"
    if len(text) > LONGEST_TEXT:
        return
    values = {"x": 0.7310, "y": -1.3170, "z": 0.4131}
    value, expected = by_torch(text, values, inflow)
    if text.count("(") > 9:  # it might have more nodes than are read
        return
    worked = worked_expression(text, values, inflow)
    assert float(worked.nodes[-1].value) == pytest.approx(value, abs=1e-9)
    # Where two inputs of max are equal, any of them may be called the winner.
    if "max" not in text:
        assert gradients_of(worked) == pytest.approx(expected, abs=1e-6)


def test_what_could_be_read_and_has_no_value_names_its_variables():
    with pytest.raises(ExpressionRefusedError, match="no finite value") as refused:
        worked_expression("log(a) + 2 * b * a", {"a": 0})
    assert refused.value.extras == {"position": 0, "variables": ["a", "b"]}


def test_of_equals_the_first_gets_all():
    worked = worked_expression("max(a, b)", {"a": 4, "b": 4}, 7)
    assert gradients_of(worked) == {"a": 7, "b": 0}
    assert [(edge.rule, edge.local, float(edge.sent)) for edge in worked.edges] == [
        ("1 if a >= b else 0", 1, 7),
        ("1 if b > a else 0", 0, 0),
    ]


def test_each_edge_sends_inflow_times_local_gradient_and_its_rule_says_so():
    texts = [
        ("(a + b) * (a - b) / b", {"a": 3, "b": 2}),
        ("max(a, b, -a) + relu(a) + relu(-b)", {"a": 3, "b": 2}),
        ("max(a, b)", {"a": 4, "b": 4}),
        ("max(a, b, c, b)", {"a": 1, "b": 4, "c": 4}),
        ("exp(a) + log(b) + tanh(a) + sigmoid(b) + a^3 + b^-0.5", {"a": 1.2, "b": 2}),
    ]
    kinds = set()
    for text, values in texts:
        worked = worked_expression(text, values, 1.7)
        nodes = {each.id: each for each in worked.nodes}
        exponents = {each.id: each.number for each in parse_expression(text)}
        for edge in worked.edges:
            target = nodes[edge.target]
            kinds.add(target.kind)
            names = {
                letter: float(nodes[name].value)
                for letter, name in zip("abcdef", target.inputs, strict=False)
            }
            local = eval(
                edge.rule,
                {},
                {**names, "y": float(target.value), "n": exponents[target.id], "max": max},
            )
            assert edge.local == pytest.approx(local, abs=1e-12)
            assert float(edge.sent) == pytest.approx(float(target.inflow) * local, abs=1e-12)
        for node in worked.nodes[:-1]:
            sent = [float(edge.sent) for edge in worked.edges if edge.source == node.id]
            if node.inflow is not None:
                assert float(node.inflow) == pytest.approx(sum(sent), abs=1e-12)
    assert kinds == {
        *("add", "subtract", "multiply", "divide", "negate", "power", "max"),
        *("exp", "log", "tanh", "sigmoid", "relu"),
    }


def test_steps_back_come_after_every_use():
    worked = worked_expression("a = x*x; b = a + x; c = a*b; c + a", {"x": 2})
    turn = {node.id: place for place, node in enumerate(worked.nodes)}
    targets = [turn[edge.target] for edge in worked.edges]
    assert targets == sorted(targets, reverse=True)


def test_constants_are_not_to_blame():
    worked = worked_expression("x * (2 + 3)", {"x": 4})
    without = [node.text for node in worked.nodes if node.inflow is None]
    assert without == ["2", "3", "2 + 3"]
    assert [edge.source for edge in worked.edges] == ["x"]


def walked(worked, start, length=0):
    """Lengths of all paths from a node down to variables, walked one by one."""
    below = [edge for edge in worked.edges if edge.target == start]
    if not below:
        return [length]
    return [each for edge in below for each in walked(worked, edge.source, length + 1)]


@pytest.mark.parametrize(
    ("text", "cached", "naive", "paths"),
    [
        # Four edges; two paths of two.
        ("3x + 5x", 4, 4, 2),
        # Squared four times: two edges a square, 2^4 paths of four.
        ("a = x*x; b = a*a; c = b*b; c*c", 8, 64, 16),
        # To w1 and x five edges, of which the three last are shared with w2's path.
        ("t = w2*relu(w1*x); tanh(t)", 6, 10, 3),
    ],
)
def test_products_counted_by_hand(text, cached, naive, paths):
    worked = worked_expression(text, {})
    assert (worked.effort.cached, worked.effort.naive, worked.effort.paths) == (
        cached,
        naive,
        paths,
    )
    lengths = walked(worked, worked.nodes[-1].id)
    assert (sum(lengths), len(lengths)) == (naive, paths)


def test_the_largest_graph_is_counted_without_walking_its_paths():
    lines = ["a = x*x"] + [
        f"{n} = {m}*{m}" for m, n in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
    ]
    worked = worked_expression("; ".join([*lines, "p*p"]).replace(" ", ""), {})
    assert worked.effort.cached == 34
    assert worked.effort.paths == 2**17
    assert worked.effort.naive == 17 * 2**17


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "nothing to blame"),
        ("3 + 4", 0, "no variable"),
        ("x +", 3, "the end"),
        ("x y", 2, "operator"),
        ("x 3", 2, "operator"),
        ("x $ 3", 2, "“$”"),
        ("(x", 2, "closing bracket"),
        ("x)", 1, "operator"),
        ("sin(x)", 0, "no function sin"),
        ("x^y", 2, "exponent"),
        ("max(x)", 0, "2 to 6"),
        ("exp(x, y)", 0, "one number"),
        ("exp x", 4, "bracket"),
        ("a = x*x; x", 0, "never used"),
        ("a = 2; a*a", 0, "another name"),
        ("a = x; a*a", 0, "another name"),
        ("a = 3x; a = 4x; a", 8, "already"),
        ("exp = 3x; exp", 0, "already"),
        ("abcdefghijklm * 2", 0, "12 characters"),
        ("1/(x-x)", 0, "no finite value"),
        ("log(0*x)", 0, "no finite value"),
        ("(-x)^0.5", 0, "no finite value"),
        ("(x-1)^0.5", 1, "no finite inflow"),
        ("exp(1000x)", 0, "no finite value"),
        ("(" * 30 + "x" + ")" * 30, 21, "20 deep"),
        ("-" * 100 + "x", 1, "“-”"),
        ("x" + "+x" * 45, None, "40 nodes"),
        ("x" * (LONGEST_TEXT + 1), LONGEST_TEXT, "200 characters"),
        ("__import__('os')", 0, "“_”"),
        ("x.real", 1, "operator"),
        ("x if x else x", 2, "operator"),
        ("[x for x in x]", 0, "“[”"),
        ("é + x", 0, "“é”"),
    ],
)
def test_what_is_no_expression_is_refused_where_it_goes_wrong(text, position, words):
    with pytest.raises(ExpressionRefusedError, match=re.escape(words)) as refused:
        worked_expression(text, {})
    if position is not None:
        assert refused.value.extras["position"] == position
    assert 0 <= refused.value.extras["position"] <= len(text)


@settings(max_examples=300)
@given(st.text(alphabet="xyab123.+-*/^()=;,\n expmaxlog$é", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        worked = worked_expression(text, {})
    except ExpressionRefusedError:
        return
    assert np.isfinite(worked.nodes[-1].value)


def test_signs_that_people_type_are_read():
    assert gradients_of(worked_expression("3·x × 2 ÷ 3 − x", {"x": 5})) == pytest.approx({"x": 1})
    assert gradients_of(worked_expression("x**3", {"x": 2})) == {"x": 12}

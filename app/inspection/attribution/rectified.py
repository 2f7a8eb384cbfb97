"""Gradients under another rule for the rectifiers, as attributions."""

from app.inspection.attribution.backward_rules import Rule, evaluate_by
from app.inspection.attribution.contract import Attribution, Options, Subject
from app.inspection.attribution.gradient import merged
from app.inspection.graph.input_gradient import input_gradient


def rectified_gradient(subject: Subject, options: Options, rule: Rule) -> Attribution:
    """The target's gradient by the input under a rule, see `backward_rules.py`."""
    values, gradient = input_gradient(
        subject.graph, subject.tensor, subject.target, evaluate_by(rule)
    )
    return Attribution(merged(gradient[0], options["colours"]), float(values[0]))

r"""Mathematics in pages: LaTeX in the template, MathML in the browser.

A number that the page fills in is a slot, written `@name` in the LaTeX: `\frac{@loss}{@count}`. In
the MathML it is `<mn data-slot="loss">`, which `static/js/learn/parts/formula.js` fills.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape

from latex2mathml.converter import convert
from markupsafe import Markup

# Letters and digits; underscores would be subscripts to whoever reads the LaTeX.
SLOT = re.compile(r"@([a-zA-Z][a-zA-Z0-9]*)")
_BREAK = r"\allowbreak"
_WRITTEN_SLOT = re.compile(r"<mtext>@([a-zA-Z][a-zA-Z0-9]*)</mtext>")


def mathematics(caller: Callable[[], str]) -> Markup:
    """A formula within a line: a template calls it with the LaTeX inside."""
    return Markup(_mathml(caller().strip(), "inline"))  # noqa: S704  LaTeX of our own templates


def formula(name: str, caller: Callable[[], str]) -> Markup:
    r"""A formula that stands by itself: a template calls it with the LaTeX inside.

    Args:
        name: unlike any other of the course, by which scripts and tests know it.
        caller: gives the LaTeX, with slots; sides are set apart by `=`. Fences are `\left(` and
            `\right)`, so that they grow with what they hold. Where the screen is narrow it goes on
            in a new line at `\allowbreak`, which stands before an operator and outside of fences.
    """
    # Browsers break no line within a `math`: each piece is one of its own.
    first, *others = (" ".join(piece.split()) for piece in caller().split(_BREAK))
    # Without something before it, a minus would be a sign and not an operator between two terms.
    pieces = [first, *(f"{{}} {piece}" for piece in others)]
    written = "".join(_mathml(piece, "block") for piece in pieces)
    return Markup(  # noqa: S704
        f'<div class="formula" data-formula="{escape(name)}" '
        f'data-latex="{escape(" ".join([first, *others]))}" '
        f'tabindex="0" role="group" aria-label="Formula">{written}</div>'
    )


@cache
def _mathml(latex: str, display: str) -> str:
    written = convert(SLOT.sub(r"\\text{@\1}", latex), display=display)
    return _WRITTEN_SLOT.sub(r'<mn data-slot="\1">·</mn>', written)

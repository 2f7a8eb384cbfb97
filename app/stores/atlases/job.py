"""What an atlas is of: a network, its preparation, pictures, and what is looked for in them.

Its key is of all that the numbers depend on, so that what two runs computed is the same if, and
only if, their keys are.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import get_args

import torch

from app.inspection.atlas.summarise import Plan
from models.disk.checked_fields import DamagedRecordError, Fields
from models.preprocessing.preprocessing import Preparation

# Of the files of an atlas. Another number: what was written before is not read.
FORMAT = 1
LARGEST_TOP = 100


@dataclass(frozen=True)
class Job:
    """Everything that a process needs to look at a part, besides the manifest.

    Attributes:
        model: id in the catalogue, or of a person's own network.
        preparation: of its pictures; None without a choice.
        network: hash of the tensors, see `app.atlas.networks`.
        source: of the pictures, as it describes itself.
        pictures: key of the manifest.
        plan: what is looked for.
        torch: version that computes: another one may round otherwise.
    """

    model: str
    preparation: Preparation | None
    network: str
    source: Mapping[str, str]
    pictures: str
    plan: Plan
    torch: str = torch.__version__

    @property
    def key(self) -> str:
        """SHA-256, hexadecimal; where the pictures lie is of no account."""
        known = {name: value for name, value in asdict(self).items() if name != "source"}
        return hashlib.sha256(json.dumps([FORMAT, known], sort_keys=True).encode()).hexdigest()

    def to_json(self) -> bytes:
        """The same bytes for the same job."""
        return (json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n").encode()


def job_of(known: Fields) -> Job:
    """The job that `Job.to_json` wrote.

    Raises:
        DamagedRecordError: it is none, or of another version.
    """
    if known.whole("format") != FORMAT:
        raise DamagedRecordError(
            f"This atlas was written in format {known.whole('format')}, and {FORMAT} is read here: "
            "make it again."
        )
    plan = known.inner("plan")
    source = known.inner("source")
    return Job(
        model=known.text("model"),
        preparation=_preparation_of(known),
        network=known.text("network"),
        source={name: source.text(name) for name in ("kind", "place")},
        pictures=known.text("pictures"),
        plan=Plan(
            layers=plan.texts("layers"),
            top=plan.whole("top", 1, LARGEST_TOP),
            truths=tuple(map(_class_of, plan.items("truths"))),
        ),
        torch=known.text("torch"),
    )


def _preparation_of(known: Fields) -> Preparation | None:
    if not known.has("preparation"):
        return None
    return (
        "centred" if known.text("preparation", get_args(Preparation)) == "centred" else "as-drawn"
    )


def _class_of(value: object) -> int | None:
    if value is None or (type(value) is int and value >= 0):
        return value
    raise DamagedRecordError("truths of the plan must be classes, or null.")

"""A survey as it goes from one process to the other, and is not believed there."""

import json
from typing import Any, Final

from models.checkpoints.class_names import MOST_NAMES, is_name
from models.checkpoints.contents import StoredTensor, Survey, checked_tensors
from models.errors import CheckpointRefusedError

MOST_ANSWER_BYTES: Final = 128 * 2**20
_LONGEST_MESSAGE: Final = 2_000
_MOST_ASIDE: Final = 200


class WrongAnswerError(Exception):
    """What came is no answer that a survey gives."""


def written(survey: Survey) -> bytes:
    """The survey as a document."""
    tensors = [
        (name, tensor.dtype, tensor.shape, tensor.stride, tensor.offset)
        for name, tensor in survey.tensors.items()
    ]
    document = {
        "format": survey.format,
        "tensors": tensors,
        "wrapper": survey.wrapper,
        "left_aside": survey.left_aside,
        "class_names": survey.class_names,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def written_refusal(message: str) -> bytes:
    """A refusal as a document."""
    return json.dumps({"refused": message}).encode()


def read_answer(answer: bytes, file_bytes: int) -> Survey:
    """What `written` wrote down of a file of so many bytes.

    Raises:
        CheckpointRefusedError: the file was refused.
        WrongAnswerError: neither a survey nor a refusal.
    """
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise WrongAnswerError from error
    match content:
        case {"refused": str() as message} if _is_text(message, _LONGEST_MESSAGE):
            raise CheckpointRefusedError(message)
        case {
            "format": "safetensors" | "torch" | "torch_legacy" as file_format,
            "tensors": list() as tensors,
            "wrapper": str() as wrapper,
            "left_aside": list() as left_aside,
            "class_names": list() as class_names,
        } if (
            _is_text(wrapper, _LONGEST_MESSAGE)
            and len(left_aside) <= _MOST_ASIDE
            and all(_is_text(name, _LONGEST_MESSAGE) for name in left_aside)
            and len(class_names) <= MOST_NAMES
            and all(map(is_name, class_names))
        ):
            pass
        case _:
            raise WrongAnswerError
    found = dict(map(_tensor, tensors))
    if len(found) != len(tensors):
        raise WrongAnswerError
    return Survey(
        format=file_format,
        tensors=checked_tensors(found, file_bytes),
        wrapper=wrapper,
        left_aside=tuple(left_aside),
        class_names=tuple(class_names),
    )


def _tensor(value: Any) -> tuple[str, StoredTensor]:
    match value:
        case [str() as name, str() as dtype, list() as shape, list() as stride, offset] if all(
            isinstance(number, int) for number in (*shape, *stride, offset)
        ):
            return name, StoredTensor(dtype, tuple(shape), tuple(stride), offset)
    raise WrongAnswerError


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and value.isprintable()

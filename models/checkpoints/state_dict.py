"""The state dict in a checkpoint, and what stands beside it."""

from typing import Any, Final

from models.checkpoints.class_names import class_names_in
from models.checkpoints.contents import MOST_TENSORS, Format, Survey, checked_tensors, shown
from models.checkpoints.dictionaries import Dictionaries, is_optimiser
from models.checkpoints.pickles.values import Call
from models.checkpoints.storages import Storages
from models.checkpoints.tensor_values import is_tensor, stored_tensor
from models.errors import CheckpointRefusedError

# The keys under which training loops keep a state dict; where there are several, the first counts.
_WRAPPERS: Final = (
    *("state_dict", "model_state_dict", "model_state", "model", "net", "network", "module"),
    *("weights", "params", "state_dict_ema", "ema_state_dict", "model_ema", "params_ema", "ema"),
)
_DEEPEST: Final = 4
_MOST_LEFT_ASIDE: Final = 100
_SAVE_ANEW: Final = "torch.save(model.state_dict(), 'weights.pth')"


def survey_of(top: Any, file_format: Format, storages: Storages, file_bytes: int) -> Survey:
    """What a checkpoint holds, whose pickle says `top`.

    Raises:
        CheckpointRefusedError: no state dict is in it, or one that is not read here.
    """
    dictionaries = Dictionaries()
    levels = _path(top, dictionaries)
    if not levels:
        raise CheckpointRefusedError(_why_not(top, dictionaries))
    keys = [key for key, _ in levels[1:]]
    found = levels[-1][1]
    if sum(map(is_tensor, found.values())) > MOST_TENSORS:
        raise CheckpointRefusedError(
            f"The file holds more than {MOST_TENSORS:,} tensors under one key."
        )
    tensors = {
        name: stored_tensor(name, value, storages)
        for name, value in found.items()
        if isinstance(name, str) and is_tensor(value)
    }
    left: list[str] = []
    for depth, (_, level) in enumerate(levels):
        inner = keys[depth] if depth < len(keys) else None
        above = "".join(f"{key}." for key in keys[:depth] if depth < len(keys))
        for key, value in level.items():
            if key == inner or (inner is None and isinstance(key, str) and is_tensor(value)):
                continue
            left.append(above + (shown(str(key)) if isinstance(key, str | int) else "an object"))
            if len(left) > _MOST_LEFT_ASIDE:
                break
    names = next(filter(None, (class_names_in(level, dictionaries.of) for _, level in levels)), ())
    return Survey(
        format=file_format,
        tensors=checked_tensors(tensors, file_bytes),
        wrapper=".".join(shown(key) for key in keys),
        left_aside=tuple(left[:_MOST_LEFT_ASIDE]),
        class_names=names,
    )


def _path(top: Any, dictionaries: Dictionaries) -> list[tuple[str, dict[Any, Any]]]:
    """The dictionaries from the top down to the state dict, each with its key; [] if none is."""
    level = dictionaries.of(top)
    found = _search(level, dictionaries, _DEEPEST)
    if found is None or level is None:
        return []
    levels = [("", level)]
    for key in found:
        level = dictionaries.of(level[key]) or {}
        levels.append((key, level))
    return levels


def _search(
    level: dict[Any, Any] | None, dictionaries: Dictionaries, depth: int
) -> list[str] | None:
    """The keys that lead to the state dict."""
    if level is None or depth == 0 or is_optimiser(level) or not dictionaries.is_new(level):
        return None
    for key in _WRAPPERS:
        if key in level:
            below = _search(dictionaries.of(level[key]), dictionaries, depth - 1)
            if below is not None:
                return [key, *below]
    if dictionaries.has_tensors(level):
        return []
    others = _networks(level, dictionaries)
    if len(others) > 1:
        names = ", ".join(shown(key) for key in others[:10])
        raise CheckpointRefusedError(
            f"The file holds several networks ({names}), and none of them under a usual key. Save "
            f"the one that you mean alone: {_SAVE_ANEW}."
        )
    return others or None


def _networks(level: dict[Any, Any], dictionaries: Dictionaries) -> list[str]:
    """The keys under which dictionaries of tensors lie."""
    inner = ((key, dictionaries.of(value)) for key, value in level.items() if isinstance(key, str))
    return [
        key
        for key, value in inner
        if value is not None and not is_optimiser(value) and dictionaries.has_tensors(value)
    ]


def _why_not(top: Any, dictionaries: Dictionaries) -> str:
    if is_tensor(top):
        return f"The file holds one tensor, which has no name. Save the state dict: {_SAVE_ANEW}."
    level = dictionaries.of(top)
    if level is None:
        return (
            f"The file holds {_kind(top)} and no dictionary of tensors. Save the state dict: "
            f"{_SAVE_ANEW}."
        )
    inner = map(dictionaries.of, level.values())
    if is_optimiser(level) or any(value is not None and is_optimiser(value) for value in inner):
        return (
            "The file holds the state of an optimiser, and no network. The weights are in another "
            f"file, or save them: {_SAVE_ANEW}."
        )
    keys = ", ".join(shown(key, 40) for key in list(level)[:10] if isinstance(key, str))
    return (
        f"The file holds no tensors under names{f'; its keys are {keys}' if keys else ''}. Save "
        f"the state dict: {_SAVE_ANEW}."
    )


def _kind(value: Any) -> str:
    if isinstance(value, Call):
        return shown(f"a {value.function}")
    return "nothing" if value is None else f"a {type(value).__name__.lower()}"

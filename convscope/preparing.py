"""From what a command line asks for to what a server's folder of models holds."""

import json
import shutil
import subprocess
import sys
from itertools import chain, count
from pathlib import Path
from typing import Any

from convscope.bundle import is_zip
from convscope.card import slug_of
from convscope.errors import ExportError
from convscope.packages import ROOT, own_packages
from convscope.wanted import CHECKPOINTS, Wanted, WantedError

# Our own package from its place, which then leaves the path again: whoever's code runs there may
# have packages of any name. -P keeps the working directory out until that code is imported.
_BUILD = (
    "import sys; sys.path.insert(0, {root!r}); import convscope.building; "
    "sys.path.remove({root!r}); convscope.building.main()"
)
_LARGEST_BYTES = 2**36
# What the server reads beside a checkpoint, behind its name without the ending.
_CARD_BESIDE = ".card.json"
_LABELS_BESIDE = (".labels.json", ".labels.txt", ".labels.csv")


def put_into(folder: Path, wanted: Wanted) -> str:
    """Put a network where a server will find it, beside those that lie there already.

    Returns:
        the name of its file or folder in there.

    Raises:
        ConvscopeError: it cannot be had, or cannot be written down.
    """
    if wanted.kind in ("code", "timm"):
        place = folder / _free_name(folder, slug_of(wanted.usual_name), "")
        build_in_child(wanted, place)
        return place.name
    # As it was named, and not as what that leads to: `best.pth` may be a link to `epoch12.pth`,
    # and what Hugging Face keeps are links to files without an ending.
    path = wanted.path
    said = _said(wanted)
    if said and (wanted.kind == "folder" or is_zip(path)):
        raise WantedError(
            f"{wanted.spec} says itself what its labels, its preparation and its name are."
        )
    # What begins with a dot is passed over by the server.
    named = path.with_name(path.name.lstrip(".") or "network")
    is_file = wanted.kind == "file"
    stem, ending = (named.stem, named.suffix) if is_file else (named.name, "")
    stem = _free_name(folder, stem, ending).removesuffix(ending)
    link = folder / f"{stem}{ending}"
    link.symlink_to(path.resolve(), target_is_directory=path.is_dir())
    if is_file:
        _put_what_lies_beside(path, folder, stem)
    if said:
        beside = folder / f"{stem}{_CARD_BESIDE}"
        known = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
        beside.write_text(json.dumps({**known, **said}), encoding="utf-8")
    if wanted.labels:
        for former in _LABELS_BESIDE:
            (folder / f"{stem}{former}").unlink(missing_ok=True)
        text = json.dumps(list(wanted.labels), ensure_ascii=False)
        (folder / f"{stem}{_LABELS_BESIDE[0]}").write_text(text, encoding="utf-8")
    return link.name


def _free_name(folder: Path, stem: str, ending: str) -> str:
    """A name that no network in the folder has, whatever that ends in.

    `best.pth` and `best.safetensors` would have the same labels beside them.
    """
    taken = {path.name for path in folder.iterdir()}
    endings = {"", ".zip", *CHECKPOINTS, ending}
    numbered = chain((stem,), (f"{stem}-{number}" for number in count(2)))
    return next(
        f"{one}{ending}" for one in numbered if taken.isdisjoint(f"{one}{end}" for end in endings)
    )


def write_bundle_of(wanted: Wanted, place: Path) -> None:
    """Write a network as a bundle.

    Raises:
        ConvscopeError: it cannot be had, or cannot be written down.
    """
    if wanted.kind in ("code", "timm"):
        build_in_child(wanted, place)
    else:
        _make_of_file(wanted, place)


def build_in_child(wanted: Wanted, place: Path) -> None:
    """Have a process of its own build a network and write its bundle.

    Raises:
        ExportError: it could not; what that process said last.
    """
    child = subprocess.run(  # noqa: S603  this Python, and our own text
        [
            *(sys.executable, "-P", "-c", _BUILD.format(root=str(ROOT))),
            *(wanted.to_json(), str(place.absolute())),
        ],
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    lines = child.stderr.rstrip().splitlines()
    if child.returncode == 0:
        shown, cause = lines, None
    else:
        shown, cause = lines[:-1], lines[-1] if lines else f"ended with {child.returncode}"
    for line in shown:
        print(line, file=sys.stderr)  # noqa: T201
    if cause is not None:
        raise ExportError(cause)


def _make_of_file(wanted: Wanted, place: Path) -> None:
    path = Path(wanted.spec)
    if wanted.kind == "folder" or is_zip(path):
        raise WantedError(f"{wanted.spec} is exported from a checkpoint or from code, not again.")
    with own_packages():
        import models.torchvision_operators  # noqa: F401
        from models.errors import ConvscopeError as OwnError
        from models.own import folder as own_folder
        from models.own import offers, opening

        place.absolute().parent.mkdir(parents=True, exist_ok=True)
        try:
            with own_folder.new_folder(place.absolute().parent) as made:
                card = opening.make(
                    path,
                    offers.examine(path),
                    opening.Wanted(
                        name=slug_of(wanted.usual_name),
                        labels=wanted.labels,
                        preprocessing=wanted.preprocessing,
                        input_shape=wanted.input_shape,
                        source=path.name,
                    ),
                    made,
                    _LARGEST_BYTES,
                )
                if is_zip(place):
                    own_folder.pack(made, place)
                else:
                    own_folder.take_place(made, place)
        except (OwnError, ValueError, OSError) as error:
            raise ExportError(f"{path.name}: {error}") from error
    print(f"{path.name} is {card.title}.")  # noqa: T201


def _said(wanted: Wanted) -> dict[str, Any]:
    said = {
        "name": slug_of(wanted.name) if wanted.name else None,
        "input_shape": wanted.input_shape,
        "preprocessing": wanted.preprocessing,
    }
    return {name: value for name, value in said.items() if value is not None}


def _put_what_lies_beside(path: Path, folder: Path, stem: str) -> None:
    card = path.with_name(path.stem + _CARD_BESIDE)
    if card.is_file():
        # A copy: what is said on the command line is added to it.
        shutil.copyfile(card, folder / f"{stem}{_CARD_BESIDE}")
    for ending in _LABELS_BESIDE:
        labels = path.with_name(path.stem + ending)
        if labels.is_file():
            (folder / f"{stem}{ending}").symlink_to(labels.resolve())

"""From what a command line asks for to what a server's folder of models holds."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from convscope.bundle import CARD, is_zip
from convscope.card import slug_of
from convscope.errors import ExportError
from convscope.packages import ROOT, own_packages
from convscope.wanted import Wanted, WantedError

# Our own package from its place, which then leaves the path again: whoever's code runs there may
# have packages of any name. -P keeps the working directory out until that code is imported.
_BUILD = (
    "import sys; sys.path.insert(0, {root!r}); import convscope.building; "
    "sys.path.remove({root!r}); convscope.building.main()"
)
_LARGEST_BYTES = 2**36
_LARGEST_CARD_BYTES = 2**24


def put_into(folder: Path, wanted: Wanted) -> str:
    """Put a network where a server will find it.

    Returns:
        its id, `architecture.name`; `.name` alone where the server is to recognise what it is.

    Raises:
        ConvscopeError: it cannot be had, or cannot be written down.
    """
    if wanted.kind in ("code", "timm"):
        place = folder / slug_of(wanted.usual_name)
        build_in_child(wanted, place)
        return _id_of(place)
    path = Path(wanted.spec).resolve()
    said = _said(wanted)
    if said and (wanted.kind == "folder" or is_zip(path)):
        raise WantedError(
            f"{wanted.spec} says itself what its labels, its preparation and its name are."
        )
    link = folder / path.name
    link.symlink_to(path, target_is_directory=path.is_dir())
    if wanted.kind == "file":
        _link_what_lies_beside(path, folder)
    if said:
        beside = folder / f"{path.stem}.card.json"
        known = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
        beside.write_text(json.dumps({**known, **said}), encoding="utf-8")
    if wanted.labels:
        for former in folder.glob(f"{path.stem}.labels.*"):
            former.unlink()
        text = json.dumps(list(wanted.labels), ensure_ascii=False)
        (folder / f"{path.stem}.labels.json").write_text(text, encoding="utf-8")
    if is_zip(path) or (path / CARD).is_file():
        return _id_of(path)
    return f".{slug_of(wanted.usual_name)}"


def _id_of(bundle: Path) -> str:
    """What the card of a bundle says.

    Raises:
        WantedError: it has none that can be read; the server would say the same later.
    """
    try:
        if is_zip(bundle):
            with zipfile.ZipFile(bundle) as archive:
                names = [name for name in archive.namelist() if Path(name).name == CARD]
                with archive.open(min(names, key=len)) as file:
                    text = file.read(_LARGEST_CARD_BYTES)
        else:
            text = (bundle / CARD).read_bytes()
        card = json.loads(text)
        return f"{card['architecture']}.{card['name']}"
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise WantedError(
            f"{bundle.name} is no bundle: it has no {CARD} that can be read."
        ) from error


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


def _link_what_lies_beside(path: Path, folder: Path) -> None:
    for beside in path.parent.glob(f"{path.stem}.*"):
        ending = beside.name.removeprefix(path.stem)
        if ending == ".card.json":
            shutil.copyfile(beside, folder / beside.name)
        elif ending in {".labels.txt", ".labels.json", ".labels.csv"}:
            (folder / beside.name).symlink_to(beside)

"""Asks a running server, in one call a question.

scope = Client("http://127.0.0.1:8000")
scope.scores("cat.jpg")
scope.attribution("grad_cam_plus_plus", "cat.jpg").map
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from convscope.answers import Attribution, Field, LayerRow, Maximised, Score, box_of
from convscope.card import Labels, labels_of
from convscope.connection import Connection
from convscope.errors import ServerError
from convscope.pictures import bytes_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_Found = TypeVar("_Found")


class Client(Connection):
    """One server, and one of its networks at a time.

    Pictures are paths, bytes, PIL images, arrays, tensors, or ids of pictures that the server has
    (`upload` gives them; `example-chelsea` is there always). Layers are called as in `table()`.

    Attributes:
        model: id of the network that is asked where a call names none.

    Args:
        url: of the server; one with `/session/TOKEN/` or `?token=` brings its token.
        token: that the server asks for.
        model: the server's own default unless named.

    Raises, in every call:
        ServerError: what the server said in place of an answer.
    """

    def __init__(self, url: str, token: str | None = None, model: str | None = None) -> None:
        super().__init__(url, token)
        self._model = model
        self._sent: dict[str, str] = {}

    @property
    def model(self) -> str:
        """Id of the network that is asked where a call names none."""
        if self._model is None:
            self._model = str(self._json("/models")["default_model"])
        return self._model

    @model.setter
    def model(self, model: str) -> None:
        self._model = model

    def models(self) -> list[dict[str, Any]]:
        """Every network that the server knows: `id`, `title`, `classes`, `weights`, ..."""
        found: list[dict[str, Any]] = self._json("/models")["models"]
        return found

    def open(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        architecture: str | None = None,
        labels: Labels = None,
        preprocessing: Mapping[str, Any] | None = None,
        input_shape: tuple[int, int, int] | None = None,
    ) -> str:
        """Have the server keep a checkpoint or a bundle, and ask it from now on.

        Args:
            path: a file of weights (`.pth`, `.safetensors`, ...), or a bundle, folder or zip.
            name: that it is listed under; that of the file unless given.
            architecture: the design, where several have just these tensors.
            labels: of the classes, see `convscope.export`.
            preprocessing: of pictures, see there.
            input_shape: (channels, height, width), see there.

        Returns:
            the id of the network.
        """
        place = Path(path)
        with _as_one_file(place) as file:
            form = {"file": (place.name + (".zip" if place.is_dir() else ""), file)}
            checkpoint = self._json("/checkpoints", method="POST", files=form)
        asked = {
            "checkpoint": checkpoint["id"],
            "name": name or place.stem,
            "architecture": architecture,
            "labels": labels_of(labels),
            "preprocessing": preprocessing,
            "input_shape": input_shape,
        }
        given = {field: value for field, value in asked.items() if value is not None}
        self.model = str(self._json("/models", method="POST", json=given)["id"])
        return self.model

    def upload(self, image: Any) -> str:
        """Have the server keep a picture; returns its id, by which it can be asked about."""
        if isinstance(image, str) and not Path(image).is_file():
            return image
        data, name = bytes_of(image)
        key = hashlib.sha256(data).hexdigest()
        if key not in self._sent:
            answer = self._json("/images", method="POST", files={"file": (name, data)})
            self._sent[key] = str(answer["id"])
        return self._sent[key]

    def scores(self, image: Any, model: str | None = None, top: int | None = None) -> list[Score]:
        """What the network says of a picture: its five highest scores, or `top` of them."""

        def ask(image_id: str) -> list[Score]:
            answer = self._json(self._of(model, "predictions"), image=image_id, top=top)
            names = Score.__match_args__
            return [Score(**{name: one[name] for name in names}) for one in answer["classes"]]

        return self._about(image, ask)

    def activations(
        self, layer: str, image: Any, model: str | None = None
    ) -> "npt.NDArray[np.float32]":
        """A layer's values: float32 (channels, height, width), or (features,) of a vector."""
        path = self._of(model, "layers", layer, "activations")

        def ask(image_id: str) -> "npt.NDArray[np.float32]":
            found: npt.NDArray[np.float32] = self._array(path, image=image_id)
            return found

        return self._about(image, ask)

    def filters(self, layer: str, model: str | None = None) -> "npt.NDArray[np.float32]":
        """A layer's learned weights, float32."""
        found: npt.NDArray[np.float32] = self._array(self._of(model, "layers", layer, "filters"))
        return found

    def field(
        self,
        layer: str,
        row: int,
        column: int,
        *,
        channel: int | None = None,
        image: Any = None,
        model: str | None = None,
    ) -> Field:
        """Where a unit looks: exactly what it reads of the input, and of the picture."""
        path = self._of(model, "layers", layer, "receptive-field")

        def ask(image_id: str | None) -> Field:
            asked: dict[str, Any] = {"row": row, "column": column, "channel": channel}
            asked["image"] = image_id
            answer = self._json(path, **asked)
            return Field(
                box_of(answer.get("theoretical_input_box")),
                box_of(answer["input_box"]),
                box_of(answer.get("image_box")),
                answer["touched_fraction"],
                answer,
            )

        return ask(None) if image is None else self._about(image, ask)

    def explain(  # noqa: PLR0917  in the order in which a unit is named
        self,
        layer: str,
        channel: int,
        row: int | None = None,
        column: int | None = None,
        image: Any = None,
        model: str | None = None,
    ) -> dict[str, Any]:
        """How a unit's number was made for a picture: the operation, its terms, and their sum.

        `row` and `column` are None for a vector, which has features alone.
        """
        if image is None:
            raise TypeError("A number is made of a picture: name one, image=...")
        place = [channel] if row is None or column is None else [channel, row, column]
        path = self._of(model, "layers", layer, "units", *map(str, place))

        def ask(image_id: str) -> dict[str, Any]:
            found: dict[str, Any] = self._json(path, image=image_id)
            return found

        return self._about(image, ask)

    def attribution(
        self,
        method: str,
        image: Any,
        class_index: int | None = None,
        model: str | None = None,
        **options: Any,
    ) -> Attribution:
        """Which pixels speak for a class: that of the highest score unless one is named.

        Args:
            method: `grad_cam`, `integrated_gradients`, ...; `methods()` has all of them. Names are
                taken as papers write them too: `Grad-CAM++`.
            image: the picture.
            class_index: of the class.
            model: another network than `self.model`.
            options: of the method, and `layer` of class activation maps.
        """
        path = self._of(model, "attributions", _method_name(method))

        def ask(image_id: str) -> Attribution:
            asked = {**options, "image": image_id, "class": class_index}
            answer = self._json(path, **asked)
            found = self._array(path, **asked)
            return Attribution(found, answer["method"], answer["class"], answer["label"], answer)

        return self._about(image, ask)

    def methods(self, model: str | None = None) -> list[dict[str, Any]]:
        """The attribution methods, with their options and papers."""
        found: list[dict[str, Any]] = self._json(self._of(model, "attributions"))["methods"]
        return found

    def maximise(
        self, layer: str, channel: int, model: str | None = None, **options: Any
    ) -> Maximised:
        """The picture that excites a channel most; takes seconds.

        Args:
            layer: of the channel.
            channel: its number; of a vector that of the feature.
            model: another network than `self.model`.
            options: `steps`, `seed`, `size`.
        """
        import numpy as np
        from PIL import Image

        path = self._of(model, "layers", layer, "maximisation")
        answer = self._json(path, channel=channel, **options)
        drawn = self._bytes(path, channel=channel, format="png", **options)
        return Maximised(
            np.asarray(Image.open(BytesIO(drawn))), answer["start"], answer["end"], answer
        )

    def table(self, model: str | None = None) -> list[LayerRow]:
        """Every layer in the order in which they run: shapes, parameters, receptive fields."""
        return [_row(layer) for layer in self._json(self._of(model))["layers"]]

    def _of(self, model: str | None, *parts: str) -> str:
        return "/".join(
            ("/models", *(quote(part, safe="") for part in (model or self.model, *parts)))
        )

    def _about(self, image: Any, ask: Callable[[str], _Found]) -> _Found:
        """Ask about a picture, sending it again if the server has forgotten it meanwhile."""
        image_id = self.upload(image)
        try:
            return ask(image_id)
        except ServerError as error:
            is_ours = image_id in self._sent.values()
            # Arrays compare value by value: only a name may be an id.
            was_named = isinstance(image, str) and image == image_id
            if error.type != "unknown-image" or not is_ours or was_named:
                raise
        self._sent = {key: value for key, value in self._sent.items() if value != image_id}
        return ask(self.upload(image))


def _as_one_file(place: Path) -> Any:
    """A file to read from; a folder as a zip of its files, on the disk."""
    if not place.is_dir():
        return place.open("rb")
    packed = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(place.iterdir()):
            if path.is_file():
                archive.write(path, path.name)
    packed.seek(0)
    return packed


def _method_name(method: str) -> str:
    """`Grad-CAM++` is `grad_cam_plus_plus`."""
    words = method.lower().replace("++", " plus plus").replace("+", " plus ")
    return "_".join(words.replace("-", " ").replace("_", " ").split())


def _row(layer: dict[str, Any]) -> LayerRow:
    size = (layer.get("receptive_field") or {}).get("size")
    return LayerRow(
        layer["id"],
        layer["operation"],
        layer["module"],
        tuple(layer["inputs"]),
        tuple(layer["output_shape"]),
        layer["parameters"],
        layer["macs"],
        (size["height"], size["width"]) if size else None,
        layer,
    )

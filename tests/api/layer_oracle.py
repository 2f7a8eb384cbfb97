"""What layers return by torch's own forward hooks, on networks loaded apart from the server."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from fastapi.testclient import TestClient
from torch import nn

from models.catalogue.catalogue import catalogue
from models.weights.loading import load

Array = npt.NDArray[Any]
DEFAULT = "efficientnet_lite0.imagenet1k"
LENET = "lenet5.mnist5k"


@dataclass(frozen=True)
class Eager:
    """A network of our own and the tensor that the server says it makes of a picture."""

    module: nn.Module
    tensor: torch.Tensor

    def outputs(self, *paths: str) -> dict[str, Array]:
        """Copies of what these modules return in one pass; "" is the network itself."""
        found: dict[str, Array] = {}
        hooks = []
        for path in paths:

            def keep(_: nn.Module, __: Any, output: torch.Tensor, path: str = path) -> None:
                found[path] = output.detach()[0].clone().numpy()

            hooks.append(self.module.get_submodule(path).register_forward_hook(keep))
        with torch.no_grad():
            self.module(self.tensor)
        for hook in hooks:
            hook.remove()
        return found


def eager(client: TestClient, model_id: str, image: str) -> Eager:
    """The network with its weights and the very tensor that the server computes from a picture."""
    entry = catalogue().resolve(model_id)
    module = load(entry, client.app.state.services.library.locations).eval()
    answer = client.get(
        f"/api/v1/models/{model_id}/input", params={"image": image, "format": "npy"}
    )
    tensor = torch.from_numpy(np.load(io.BytesIO(answer.content)))
    return Eager(module, tensor.reshape(1, *entry.preprocessing.input_shape))


def layer_path(model_id: str, layer_id: str) -> str:
    return f"/api/v1/models/{model_id}/layers/{layer_id}/activations"


def fetch(client: TestClient, model_id: str, layer_id: str, **parameters: Any) -> Any:
    """The answer's document, array or bytes, by the form that was asked for."""
    given: Mapping[str, Any] = {"image": "example-chelsea", **parameters}
    answer = client.get(layer_path(model_id, layer_id), params=given)
    assert answer.status_code == 200, answer.text
    form = given.get("format", "json")
    if form == "json":
        return answer.json()
    return np.load(io.BytesIO(answer.content)) if form == "npy" else answer.content

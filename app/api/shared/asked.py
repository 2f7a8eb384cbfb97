"""What a request asks about, looked up once."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, Field, create_model

from app.api.shared.parameters import ModelId
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.graph.layer_node import LayerNode
from app.services import Services, ServicesDependency
from app.stores.images import StoredImage
from models.catalogue.catalogue import catalogue
from models.catalogue.entry import ModelEntry
from models.preprocessing.preprocessing import Preparation

PreparationChoice = Annotated[
    Preparation | None,
    Field(
        description="of models that read digits: `centred`, the usual one, cuts the ink out and "
        "puts it into the middle; `as-drawn` takes the picture as it stands"
    ),
]


class Asked:
    """The model that a request names, and what is asked about it."""

    def __init__(self, request: Request, services: Services, entry: ModelEntry) -> None:
        self.request = request
        self.services = services
        self.entry = entry
        self._graph: LayerGraph | None = None
        self._images: dict[str, StoredImage] = {}

    async def graph(self) -> LayerGraph:
        """The model's layers; needs no weights. Raises as `GraphStore.structure`."""
        if self._graph is None:
            self._graph = await self.services.graphs.structure(self.entry)
        return self._graph

    async def layer_named(self, layer_id: str) -> LayerNode:
        """One of the model's layers.

        Raises:
            UnknownLayerError: there is none of this id.
        """
        return (await self.graph()).layer(layer_id)

    def image(self, image_id: str) -> StoredImage:
        """A kept picture.

        Raises:
            UnknownImageError: it is not kept, or not any more.
        """
        if image_id not in self._images:
            self._images[image_id] = self.services.images.get(image_id)
        return self._images[image_id]

    def look_up(self, query: BaseModel) -> None:
        """Look up what a query says of a picture: which, and how it is prepared.

        A forgotten picture is refused, even to a client that holds the answer of old.

        Raises:
            UnknownImageError: it is not kept, or not any more.
            NoSuchPreparationError: the model has no choice of preparation.
        """
        if preparation := getattr(query, "preparation", None):
            self.entry = self.entry.prepared(preparation)
        if image_id := getattr(query, "image", None):
            self.image(image_id)


class AskedLayer(Asked):
    """One layer of it."""

    def __init__(
        self, request: Request, services: Services, entry: ModelEntry, layer_id: str
    ) -> None:
        super().__init__(request, services, entry)
        self.layer_id = layer_id

    async def layer(self) -> LayerNode:
        """The layer.

        Raises:
            UnknownLayerError: there is none of this id.
        """
        return await self.layer_named(self.layer_id)


LayerId = Annotated[
    str,
    Path(
        description="id of a layer, as `GET /models/{model}` lists them",
        examples=["blocks.2.0.conv_pw"],
    ),
]


async def _asked_model(model_id: ModelId, request: Request, services: ServicesDependency) -> Asked:
    return Asked(request, services, catalogue().resolve(model_id))


async def _asked_layer(
    model_id: ModelId, layer_id: LayerId, request: Request, services: ServicesDependency
) -> AskedLayer:
    return AskedLayer(request, services, catalogue().resolve(model_id), layer_id)


AskedModelDependency = Annotated[Asked, Depends(_asked_model)]
AskedLayerDependency = Annotated[AskedLayer, Depends(_asked_layer)]


def signature_with_preparation(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a route about a network, for FastAPI.

    Where its `query` has a picture, that says besides how the picture is prepared.
    """
    signature = inspect.signature(function)
    parameters = dict(signature.parameters)
    query = parameters["query"].annotation.__origin__
    if "image" in query.model_fields and "preparation" not in query.model_fields:
        chosen = create_model(query.__name__, __base__=query, preparation=(PreparationChoice, None))
        parameters["query"] = parameters["query"].replace(annotation=Annotated[chosen, Query()])
    return signature.replace(parameters=list(parameters.values()))

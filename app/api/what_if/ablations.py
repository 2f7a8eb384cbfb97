"""Which channel of a layer matters most to a class."""

from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, Watched, answers, watches
from app.api.shared.asked import AskedLayer, AskedLayerDependency
from app.api.shared.checks import RivalNumber, checked_class, checked_rival
from app.api.shared.parameters import ImageId
from app.inspection.activations.prediction import softmax
from app.inspection.what_if.channel_ablation import ChannelAblations
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["interventions"])


class ChannelAblationSchema(BaseModel):
    """One channel, and the class's scores with it switched off, less those as it is."""

    channel: int
    logit_difference: float | None
    probability_difference: float | None


class AblationsSchema(BaseModel):
    """Every channel of a layer switched off in turn; the one that lowers the class most first.

    With a rival, `logit` and `probability` are those of the class less the rival's, and so are
    their differences.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "efficientnet_lite0.imagenet1k",
                "image": "example-chelsea",
                "layer": "conv_head",
                "class_index": 282,
                "label": "tiger cat",
                "rival": None,
                "rival_label": None,
                "logit": 8.62,
                "probability": 0.393,
                "channels": [
                    {"channel": 17, "logit_difference": -0.5, "probability_difference": -0.09}
                ],
            }
        }
    )

    model: str
    image: str
    layer: str
    class_index: int
    label: str
    rival: int | None
    rival_label: str | None
    logit: float | None
    probability: float | None
    channels: list[ChannelAblationSchema]


class AblationsQuery(BaseModel):
    """Which picture, and which class."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    class_index: int = Field(alias="class", description="whose scores", examples=[282])
    rival: RivalNumber = None


def _describe(
    entry: ModelEntry, layer_id: str, query: AblationsQuery, found: ChannelAblations
) -> AblationsSchema:
    index = query.class_index
    rival = query.rival

    def read(scores: npt.NDArray[np.floating]) -> float:
        """Of the class, or by how much it is above the rival's."""
        return float(scores[index]) - (0.0 if rival is None else float(scores[rival]))

    probability = read(softmax(found.baseline))
    logit = read(found.baseline)
    channels = [
        ChannelAblationSchema(
            channel=channel,
            logit_difference=read(logits) - logit,
            probability_difference=read(softmax(logits)) - probability,
        )
        for channel, logits in enumerate(found.logits)
    ]
    return AblationsSchema(
        model=entry.id,
        image=query.image,
        layer=layer_id,
        class_index=index,
        label=entry.labels[index],
        rival=rival,
        rival_label=None if rival is None else entry.labels[rival],
        logit=logit,
        probability=probability,
        channels=sorted(channels, key=lambda each: (each.logit_difference, each.channel)),
    )


async def _ablations(asked: AskedLayer, query: AblationsQuery) -> Watched[ChannelAblations]:
    checked_class(asked.entry, query.class_index)
    checked_rival(asked.entry, query.class_index, query.rival)
    layer = await asked.layer()
    return Watched(
        asked.services.experiments.ablations(asked.entry, query.image, layer.id),
        lambda found: _describe(asked.entry, layer.id, query, found),
    )


_PATH = "/models/{model_id}/layers/{layer_id}/ablations"


@answers(
    router,
    _PATH,
    summary="Which channel matters most to a class: each switched off in turn",
    description="Exact: each channel has a forward pass of its own, from this layer on.",
    document=AblationsSchema,
    problems=("time-limit", "no-scores"),
)
async def get_ablations(
    asked: AskedLayerDependency, query: Annotated[AblationsQuery, Query()]
) -> Answer:
    return await (await _ablations(asked, query)).end()


@watches(router, _PATH, problems=("no-scores",), summary="Switch off each channel and follow it")
async def watch_ablations(
    asked: AskedLayerDependency, query: Annotated[AblationsQuery, Query()]
) -> Watched[ChannelAblations]:
    return await _ablations(asked, query)

"""A class as an exact sum over the channels of the last layer behind which nothing bends."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.answers import Answer, answers
from app.api.shared.asked import AskedModelDependency
from app.api.shared.checks import RivalNumber, check_scores, checked_class, checked_rival
from app.api.shared.parameters import ImageId
from app.inspection.attribution.decomposition import Decomposition
from models.catalogue.entry import ModelEntry

router = APIRouter(tags=["attributions"])


class ChannelShareSchema(BaseModel):
    """What one channel adds to the logit."""

    channel: int
    share: float | None


class DecompositionSchema(BaseModel):
    """logit = sum of the shares + bias, exactly but for rounding.

    With a `rival`, all three are of the class less those of the rival.

    Only linear operations follow `layer`: pooling, flattening, linear layers. `shares` are of all
    its channels, those that count most first; of a network that is linear from the picture on,
    they are of its pixels. `residual` is what is left beyond the rounding of such a sum, 0 if all
    is well. `layer` is null, and `shares` is empty, where the network's head bends and there is no
    such sum.
    """

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "model": "resnet18.random",
                "image": "example-chelsea",
                "class": 282,
                "label": "tiger cat",
                "rival": None,
                "rival_label": None,
                "layer": "layer4.1.relu_1",
                "logit": 0.31,
                "bias": 0.01,
                "residual": 0.0,
                "shares": [{"channel": 17, "share": 0.08}],
            }
        },
    )

    model: str
    image: str
    class_index: int = Field(alias="class")
    label: str
    rival: int | None
    rival_label: str | None
    layer: str | None
    logit: float | None
    bias: float | None
    residual: float | None
    shares: list[ChannelShareSchema]


class DecompositionQuery(BaseModel):
    """Which class of which picture; the class of the highest score unless told."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    class_index: int | None = Field(None, alias="class", description="index of the class")
    rival: RivalNumber = None


@answers(
    router,
    "/models/{model_id}/decomposition",
    summary="A class's logit as an exact sum over channels",
    document=DecompositionSchema,
    problems=("no-scores",),
)
async def get_decomposition(
    asked: AskedModelDependency, query: Annotated[DecompositionQuery, Query()]
) -> Answer:
    entry, services = asked.entry, asked.services
    check_scores(entry)
    prediction = await services.predict_stored(entry, query.image)
    class_index = query.class_index
    if class_index is None:
        class_index = int(prediction.logits.argmax())
    checked_class(entry, class_index)
    rival = checked_rival(entry, class_index, query.rival)
    found = await services.attributions.decomposition(entry, query.image, class_index, rival)
    logit = float(prediction.logits[class_index])
    if rival is not None:
        logit -= float(prediction.logits[rival])
    return _describe(entry, query.image, (class_index, rival), logit, found)


def _describe(
    entry: ModelEntry,
    image_id: str,
    classes: tuple[int, int | None],
    logit: float,
    found: Decomposition | None,
) -> DecompositionSchema:
    class_index, rival = classes
    shares = [] if found is None else found.ranked
    return DecompositionSchema(
        model=entry.id,
        image=image_id,
        class_index=class_index,
        label=entry.labels[class_index],
        rival=rival,
        rival_label=None if rival is None else entry.labels[rival],
        layer=found and found.layer_id,
        logit=found.logit if found else logit,
        bias=found.bias if found else None,
        residual=found.residual if found else None,
        shares=[ChannelShareSchema(channel=channel, share=share) for channel, share in shares],
    )

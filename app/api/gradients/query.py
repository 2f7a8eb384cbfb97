"""What both questions about gradients ask: which picture, and which class it shows."""

from pydantic import BaseModel, ConfigDict, Field

from app.api.shared.asked import Asked
from app.api.shared.checks import check_scores, checked_class
from app.api.shared.parameters import ImageId


class LossQuery(BaseModel):
    """Which picture, and which class it shows; the class of the highest score unless told."""

    model_config = ConfigDict(extra="forbid")

    image: ImageId
    class_index: int | None = Field(
        None, alias="class", description="index of the class whose loss -log p is meant"
    )


async def asked_class(asked: Asked, query: LossQuery) -> int:
    """The class that was named, else the one of the highest score.

    Raises:
        InvalidParameterError: there is no such class.
        NoScoresError: the model has no classes at all.
    """
    check_scores(asked.entry)
    if query.class_index is None:
        prediction = await asked.services.predict_stored(asked.entry, query.image)
        return int(prediction.logits.argmax())
    return checked_class(asked.entry, query.class_index)

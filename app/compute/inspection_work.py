"""Long work about networks and pictures: typed by its result, forgotten with its picture."""

from collections.abc import AsyncGenerator, Callable, Container, Hashable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from app.compute.long_work import LongWork, WorkLimits, WorkProgress, result_of
from app.errors import UnknownImageError
from app.inspection.progress import Progress


class WorkResult(Protocol):
    """What knows how much memory it holds."""

    @property
    def size_bytes(self) -> int:
        """Bytes of its arrays."""


Result = TypeVar("Result", bound=WorkResult)
Watch = AsyncGenerator[WorkProgress[Result], None]


@dataclass(frozen=True)
class WorkKey:
    """Everything that a result depends on.

    Attributes:
        kind: of work, "occlusion".
        model: id with its tag.
        image_id: of the picture it is about, with which it is forgotten; "" if about none.
        details: the rest, in any hashable form.
    """

    kind: str
    model: str
    image_id: str = ""
    details: Hashable = ()


class InspectionWork(LongWork[WorkKey, WorkResult]):
    """`LongWork` whose results are forgotten with the pictures that they are about."""

    def __init__(
        self,
        limits: WorkLimits,
        budget_bytes: int,
        size: Callable[[WorkResult], int],
        images: Container[str],
    ) -> None:
        super().__init__(limits, budget_bytes, size)
        self._images = images

    async def watch(self, key: WorkKey, work: Callable[[Progress], Result]) -> Watch[Result]:
        """As `LongWork.watch`.

        Raises:
            UnknownImageError: the picture was forgotten meanwhile; then nothing is told or kept.
        """
        watched = cast("Watch[Result]", super().watch(key, work))
        async with aclosing(watched):
            async for progress in watched:
                if progress.result is not None and self._is_forgotten(key):
                    self.forget_where(lambda other: other == key)
                    raise UnknownImageError(key.image_id)
                yield progress

    async def result(self, key: WorkKey, work: Callable[[Progress], Result]) -> Result:
        """The value, however it comes. Raises as `watch`."""
        return await result_of(self.watch(key, work))

    def forget_unknown_images(self) -> None:
        """Drop what is about pictures that are not kept any more."""
        self.forget_where(self._is_forgotten)

    def _is_forgotten(self, key: WorkKey) -> bool:
        return bool(key.image_id) and key.image_id not in self._images

"""Attributions and the tests of them: computed once for all who ask, kept while there is room."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from app.compute.cache import ByteCache, with_overhead
from app.compute.inspection_work import InspectionWork, Watch, WorkKey
from app.compute.long_work import WorkProgress
from app.compute.pool import ComputePool
from app.inspection.attribution.contract import Attribution, Method, OptionValue, Subject
from app.inspection.attribution.decomposition import Decomposition, affine_head, decompose
from app.inspection.evaluation.agreement import Agreement, agreement
from app.inspection.evaluation.deletion import DeletionCurves, deletion_curves
from app.inspection.evaluation.randomisation import Randomisation, cascade
from app.inspection.graph.unit import Unit
from app.inspection.progress import Progress, no_progress
from app.settings import Settings
from app.stores.fields import Sources
from app.stores.images import ImageStore
from models.catalogue.entry import ModelEntry


@dataclass(frozen=True)
class Question:
    """One method asked about one unit of one network at one picture.

    Attributes:
        is_class: True if the target is the score of a class.
        layer_id: whose maps are weighed; None unless the method does so.
        options: all of the method's, as sorted pairs.
    """

    entry: ModelEntry
    image_id: str
    method: Method
    target: Unit
    is_class: bool
    layer_id: str | None
    options: tuple[tuple[str, OptionValue], ...]

    @property
    def depends_on(self) -> tuple[object, ...]:
        """Everything but the model and the picture that the answer depends on."""
        return self.method.name, self.target, self.layer_id, self.options

    def key(self, kind: str, *more: object) -> WorkKey:
        """Under which the result of this kind of work is kept."""
        return WorkKey(kind, self.entry.key, self.image_id, (*self.depends_on, *more))


class AttributionStore:
    """Quick methods run on the pool, those of many steps as long work; both are kept by key."""

    def __init__(
        self,
        settings: Settings,
        pool: ComputePool,
        images: ImageStore,
        sources: Sources,
        work: InspectionWork,
    ) -> None:
        self._pool = pool
        self._images = images
        self._sources = sources
        self._work = work
        self._quick: ByteCache[WorkKey, Attribution] = ByteCache(
            settings.result_cache_bytes, with_overhead(lambda found: found.size_bytes)
        )

    async def attribution(self, question: Question) -> Attribution:
        """The heat map.

        Raises:
            UnknownImageError: the picture is not kept.
            BusyError, WeightsUnavailableError and others: it cannot be computed.
        """
        if question.method.is_long:
            subject = await self._subject(question)
            work = partial(_attribute, question, subject)
            return await self._work.result(question.key("attribution"), work)

        async def compute() -> Attribution:
            subject = await self._subject(question)
            found = await self._pool.run(_attribute, question, subject, no_progress)
            self._images.check_kept(question.image_id)
            return found

        return await self._quick.get_or_compute(question.key("attribution"), compute)

    async def watch_attribution(self, question: Question) -> Watch[Attribution]:
        """The heat map and how far it is."""
        if not question.method.is_long:
            yield WorkProgress(1, 1, result=await self.attribution(question))
            return
        subject = await self._subject(question)
        work = partial(_attribute, question, subject)
        async with aclosing(self._work.watch(question.key("attribution"), work)) as watched:
            async for progress in watched:
                yield progress

    async def watch_deletion(self, question: Question, points: int) -> Watch[DeletionCurves]:
        """The deletion and insertion curves of a map."""
        subject = await self._subject(question)
        known = self._known(question)

        def work(progress: Progress) -> DeletionCurves:
            found = known or _attribute(question, subject, _unreported(progress))
            return deletion_curves(subject, found.values, progress, points)

        async with aclosing(self._work.watch(question.key("deletion", points), work)) as watched:
            async for progress in watched:
                yield progress

    async def watch_randomisation(self, question: Question, seed: int) -> Watch[Randomisation]:
        """The maps while the network loses its weights from the top down."""
        subject = await self._subject(question)

        def work(progress: Progress) -> Randomisation:
            return cascade(subject, question.method, dict(question.options), progress, seed)

        async with aclosing(self._work.watch(question.key("randomisation", seed), work)) as watched:
            async for progress in watched:
                yield progress

    async def watch_agreement(self, questions: Sequence[Question]) -> Watch[Agreement]:
        """How alike the maps of several methods are; all of one model, picture and target."""
        first = questions[0]
        subjects = [await self._subject(question) for question in questions]
        known = [self._known(question) for question in questions]

        def work(progress: Progress) -> Agreement:
            maps = {}
            for place, question in enumerate(questions):
                progress(place, len(questions))
                found = known[place] or _attribute(
                    question, subjects[place], _part(progress, place, len(questions))
                )
                maps[question.method.name] = found.values
            return agreement(maps)

        details = tuple(question.depends_on for question in questions)
        key = WorkKey("agreement", first.entry.key, first.image_id, details)
        async with aclosing(self._work.watch(key, work)) as watched:
            async for progress in watched:
                yield progress

    async def decomposition(
        self, entry: ModelEntry, image_id: str, class_index: int, rival: int | None = None
    ) -> Decomposition | None:
        """The class as an exact sum over channels; None where the network's head bends."""
        layer_id = affine_head(await self._sources.graphs.structure(entry))
        if layer_id is None:
            return None
        graph = await self._sources.graphs.of(await self._sources.networks.load(entry))
        observation = await self._sources.activations.observation(entry, image_id, layer_id)
        return await self._pool.run(decompose, graph, observation, layer_id, class_index, rival)

    def forget_unknown_images(self) -> None:
        """Drop the maps of pictures that are not kept any more."""
        self._quick.forget_where(lambda key: key.image_id not in self._images)

    async def _subject(self, question: Question) -> Subject:
        entry = question.entry
        graph = await self._sources.graphs.of(await self._sources.networks.load(entry))
        observation = await self._sources.activations.observation(
            entry, question.image_id, question.layer_id or question.target.layer_id
        )
        return Subject(
            graph=graph,
            tensor=observation.tensor,
            target=question.target,
            activations=observation.activations,
            black=entry.preprocessing.black,
            layer_id=question.layer_id,
        )

    def _known(self, question: Question) -> Attribution | None:
        key = question.key("attribution")
        return self._quick.get(key) or cast("Attribution | None", self._work.get(key))


def _attribute(question: Question, subject: Subject, progress: Progress) -> Attribution:
    return question.method.run(subject, dict(question.options), progress)


def _unreported(progress: Progress) -> Progress:
    """Gives up where it should, and reports nothing: what is counted begins later."""

    def report(done: int, total: int, preview: Any = None) -> None:
        del done, total, preview
        progress(0, 0)

    return report


def _part(progress: Progress, place: int, count: int) -> Progress:
    """Reports one of several equal parts of the work."""

    def report(done: int, total: int, preview: Any = None) -> None:
        del preview
        progress(100 * place + 100 * done // max(total, 1), 100 * count)

    return report

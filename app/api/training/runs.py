"""Training runs: begun, watched, told what to do; and the networks that they left on their way."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, status
from fastapi.responses import Response, StreamingResponse

from app.api.shared.answers import BINARY
from app.api.training.schemas import (
    CheckpointList,
    RunChange,
    RunList,
    RunRequest,
    RunSchema,
    SampleList,
    SampleSchema,
    describe_checkpoints,
    describe_run,
)
from app.compute.pool import while_connected
from app.errors import InvalidParameterError, TrainingOffError
from app.inspection.filters.templates import first_weighted_layer, read_templates
from app.inspection.graph.layer_node import LayerNode
from app.inspection.rendering.encoding import encode_npy
from app.services import Services, ServicesDependency
from app.training.choices import TrainingChoice
from app.training.events import Epoch, Point
from app.training.run import TrainingRun, Version
from app.training.samples import sample_labels, sample_png
from app.web.events import Event, documented_events, event_stream
from app.web.http_cache import cache_headers, entity_tag, not_modified
from app.web.problems import documented
from models.catalogue.entry import ModelEntry
from models.own.handing_on import bundle_of
from models.training.optimisers import UnusedSettingError
from models.training.recipes import RECIPES

router = APIRouter(tags=["training"])

RunId = Annotated[str, Path(description="id of a training run")]
Step = Annotated[int, Path(ge=0, description="of a kept checkpoint")]


@router.get("/training/runs", summary="The runs that are kept, the newest first")
async def list_runs(services: ServicesDependency) -> RunList:
    return RunList(runs=[describe_run(run) for run in services.training.all()])


@router.post(
    "/training/runs",
    summary="Train a network",
    description="One at a time; `busy` names the run that goes on.",
    status_code=status.HTTP_201_CREATED,
    responses=documented(
        "training-off", "busy", "body-too-large", "request-timeout", "invalid-parameter"
    ),
)
async def start_run(body: RunRequest, services: ServicesDependency) -> RunSchema:
    return describe_run(await services.training.start(_choice(body)))


def _choice(body: RunRequest) -> TrainingChoice:
    chosen = body.model_dump()
    recipe = RECIPES.get(body.architecture)
    if recipe is None:
        known = ", ".join(RECIPES)
        raise InvalidParameterError(f"architecture: {body.architecture[:80]!r} is none of {known}.")
    named = {name: chosen[name] for name in recipe.settings if chosen.get(name) is not None}
    try:
        settings = recipe.choosing(named).settings
    except UnusedSettingError as error:
        raise InvalidParameterError(str(error)) from error
    return TrainingChoice(**{name: settings.get(name, chosen[name]) for name in chosen})


@router.get(
    "/training/runs/{run_id}",
    summary="How far a run is, or how it ended",
    responses=documented("unknown-run"),
)
async def get_run(run_id: RunId, services: ServicesDependency) -> RunSchema:
    return describe_run(services.training.get(run_id))


@router.get(
    "/training/runs/{run_id}/events",
    summary="A run as server-sent events",
    description=(
        "Each event is named `progress`, the last one `ended`, and carries the document of "
        "`GET .../runs/{run_id}` and besides it `points`: what was reported since the event "
        "before, and in the first everything so far, each `{number, step, epoch, loss, accuracy, "
        "batch_accuracy, learning_rate, examples_per_second}`, and likewise `epochs`: how the "
        "held-out pictures were read before the first and after every epoch, each `{epoch, step, "
        "loss, accuracy, is_at_chance}`. The loss of a point is that of the batch in "
        "nats, or of the weights that a search keeps, `accuracy` that of the epoch so far; a "
        "search has no learning rate."
    ),
    response_class=StreamingResponse,
    responses={
        200: documented_events('event: progress\ndata: {"id": "5f0c2a9e", "points": []}\n\n'),
        **documented("unknown-run"),
    },
)
async def watch_run(run_id: RunId, services: ServicesDependency) -> StreamingResponse:
    async def events() -> AsyncGenerator[Event, None]:
        async with aclosing(services.training.watch(run_id)) as news:
            async for run, points, epochs in news:
                name = "progress" if run.is_going_on else "ended"
                yield name, _event(run, points, epochs)

    return await event_stream(events())


def _event(run: TrainingRun, points: list[Point], epochs: list[Epoch]) -> dict[str, Any]:
    document = describe_run(run).model_dump(mode="json")
    news = {"points": [vars(each) for each in points], "epochs": [vars(each) for each in epochs]}
    return {**document, **news}


@router.patch(
    "/training/runs/{run_id}",
    summary="Give a run a name",
    responses=documented(
        *("unknown-run", "storage-full", "training-off", "invalid-parameter"),
        *("body-too-large", "request-timeout"),
    ),
)
async def change_run(run_id: RunId, body: RunChange, services: ServicesDependency) -> RunSchema:
    _check_allowed(services)
    return describe_run(await services.training.rename(run_id, body.name))


@router.delete(
    "/training/runs/{run_id}/files",
    summary="Delete a run that is over, with everything that it kept",
    description="Its networks cannot be opened any more; those that were downloaded can.",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented("unknown-run", "run-goes-on", "training-off", "storage-full"),
)
async def delete_run(run_id: RunId, services: ServicesDependency) -> None:
    _check_allowed(services)
    await services.training.forget(run_id)


def _check_allowed(services: Services) -> None:
    if not services.settings.training_allowed:
        raise TrainingOffError("This server does not train (CONVSCOPE_TRAINING_ALLOWED).")


@router.post(
    "/training/runs/{run_id}/pause",
    summary="Pause a run before its next step",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("unknown-run", "run-ended", "run-elsewhere"),
)
async def pause_run(run_id: RunId, services: ServicesDependency) -> RunSchema:
    return describe_run(services.training.tell(run_id, "pause"))


@router.post(
    "/training/runs/{run_id}/resume",
    summary="Let a paused run go on",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("unknown-run", "run-ended", "run-elsewhere"),
)
async def resume_run(run_id: RunId, services: ServicesDependency) -> RunSchema:
    return describe_run(services.training.tell(run_id, "resume"))


@router.post(
    "/training/runs/{run_id}/step",
    summary="Take one step, or several, then pause",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("unknown-run", "run-ended", "run-elsewhere", "invalid-parameter"),
)
async def step_run(
    run_id: RunId,
    services: ServicesDependency,
    steps: Annotated[int, Query(ge=1, le=100_000, description="how many")] = 1,
) -> RunSchema:
    return describe_run(services.training.tell(run_id, f"step {steps}"))


@router.post(
    "/training/runs/{run_id}/finish",
    summary="End a run now, and measure and keep the network as it is",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("unknown-run", "run-ended", "run-elsewhere"),
)
async def finish_run(run_id: RunId, services: ServicesDependency) -> RunSchema:
    return describe_run(services.training.finish(run_id))


@router.delete(
    "/training/runs/{run_id}",
    summary="Stop a run; its checkpoints are kept",
    description="By force if it does not end by itself. One that is over stays as it is.",
    status_code=status.HTTP_202_ACCEPTED,
    responses=documented("unknown-run", "run-elsewhere"),
)
async def stop_run(run_id: RunId, services: ServicesDependency) -> RunSchema:
    return describe_run(services.training.stop(run_id))


@router.get(
    "/training/runs/{run_id}/checkpoints",
    summary="The networks that a run left on its way",
    description=(
        "At a geometric series of steps. Each opens like any other model under its id; the id "
        "without `@` and step means the newest."
    ),
    responses=documented("unknown-run"),
)
async def list_checkpoints(run_id: RunId, services: ServicesDependency) -> CheckpointList:
    return CheckpointList(
        run=run_id, checkpoints=describe_checkpoints(services.training.get(run_id))
    )


@router.get(
    "/training/runs/{run_id}/checkpoints/{step}/templates",
    summary="The first layer's weights after a step, as pictures",
    description=(
        "A numpy file, float32 (templates, channels, height, width): the kernels of a "
        "convolution, or the rows of a linear layer laid out like the network's input. Read from "
        "the checkpoint alone, so that a series of them is cheap."
    ),
    responses={
        200: {"content": {"application/octet-stream": BINARY}},
        **documented("unknown-run", "invalid-parameter", "not-exportable", "weights-damaged"),
    },
    response_class=Response,
)
async def get_templates(
    run_id: RunId,
    step: Annotated[int, Path(ge=0, description="of a kept checkpoint")],
    request: Request,
    services: ServicesDependency,
) -> Response:
    run = services.training.get(run_id)
    entry = _kept(run, step)
    tag = entity_tag("templates", entry.key)
    if unchanged := not_modified(request, tag):
        return unchanged
    layer = first_weighted_layer(await while_connected(request, services.graphs.structure(entry)))
    data = await services.pool.run(_encoded_templates, run.versions[step], layer, entry)
    return Response(data, media_type="application/octet-stream", headers=cache_headers(tag))


def _encoded_templates(version: Version, layer: LayerNode, entry: ModelEntry) -> bytes:
    shape = entry.preprocessing.input_shape
    return encode_npy(read_templates(version.path, layer, shape))


def _kept(run: TrainingRun, step: int) -> ModelEntry:
    entry = run.entry(step)
    if entry is None:
        kept = ", ".join(str(each) for each in sorted(run.versions)) or "none yet"
        raise InvalidParameterError(f"step: {step} was not kept of run {run.id}; kept are {kept}.")
    return entry


@router.get(
    "/training/runs/{run_id}/checkpoints/{step}/weights",
    summary="The network after a step as a safetensors file",
    description="Its state dict: names and values, float32. Reading it runs no code.",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": BINARY}},
        **documented("unknown-run", "invalid-parameter", "busy"),
    },
)
async def download_weights(run_id: RunId, step: Step, services: ServicesDependency) -> Response:
    run = services.training.get(run_id)
    entry = _kept(run, step)
    data = await services.pool.run(run.versions[step].path.read_bytes)
    return _file(data, f"{entry.id}.safetensors", "application/octet-stream")


@router.get(
    "/training/runs/{run_id}/checkpoints/{step}/bundle",
    summary="The network after a step as a bundle",
    description=(
        "A zip with its weights and a card that tells its design, its classes and how pictures are "
        "prepared (docs/bundle.md). `POST /checkpoints` takes it on any Convscope server."
    ),
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": BINARY}},
        **documented("unknown-run", "invalid-parameter", "busy"),
    },
)
async def download_bundle(run_id: RunId, step: Step, services: ServicesDependency) -> Response:
    run = services.training.get(run_id)
    entry = _kept(run, step)
    path = run.versions[step].path
    data = await services.pool.run(bundle_of, entry, path, run.created_at)
    return _file(data, f"{entry.id}.zip", "application/octet-stream")


def _file(data: bytes, name: str, media_type: str) -> Response:
    # Of an id's letters alone, so that nothing needs to be quoted.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


@router.get(
    "/training/runs/{run_id}/samples",
    summary="Pictures that a run did not learn from",
    responses=documented("unknown-run", "busy"),
)
async def list_samples(run_id: RunId, services: ServicesDependency) -> SampleList:
    run = services.training.get(run_id)
    names = run.started.class_names if run.started else ()
    labels = await services.pool.run(sample_labels, run, len(names))
    return SampleList(
        run=run_id,
        samples=[
            SampleSchema(number=number, label=names[label]) for number, label in enumerate(labels)
        ],
    )


@router.get(
    "/training/runs/{run_id}/samples/{number}",
    summary="One of these pictures, as PNG",
    response_class=Response,
    responses={
        200: {"content": {"image/png": BINARY}},
        **documented("unknown-run", "invalid-parameter", "busy"),
    },
)
async def get_sample(
    run_id: RunId,
    number: Annotated[int, Path(ge=0, description="of `GET .../samples`")],
    services: ServicesDependency,
) -> Response:
    run = services.training.get(run_id)
    classes = len(run.started.class_names) if run.started else 0
    data = await services.pool.run(sample_png, run, classes, number)
    if data is None:
        raise InvalidParameterError(f"number: run {run_id} has no sample {number}.")
    return Response(data, media_type="image/png")

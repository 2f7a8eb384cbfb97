"""A client that another program makes of the API's description, used as its users would."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import ModuleType

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from layer_oracle import LENET
from live_server import live_server

from app.main import create_app
from app.settings import Settings

CONFIG = Path(__file__).parents[2] / "docs" / "python_client.yaml"
PACKAGE = "convscope_client"
# Of a request; as long as a busy machine may need.
TIMEOUT_S = 60

# A module of the generated package, by its name there.
Generated = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    cache = tmp_path_factory.mktemp("cache")
    return create_app(Settings(cache_dir=cache, default_model=LENET))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@pytest.fixture(scope="module")
def generation(application: FastAPI, directory: Path) -> subprocess.CompletedProcess[str]:
    """The generator's run, as the README says it, but for where it reads and writes."""
    document = directory / "openapi.json"
    document.write_text(json.dumps(application.openapi()))
    options = ("--path", document, "--config", CONFIG)
    placed = ("--meta", "none", "--output-path", directory / PACKAGE)
    command = [sys.executable, "-m", "openapi_python_client", "generate", *options, *placed]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def generated(generation: subprocess.CompletedProcess[str], directory: Path) -> Iterator[Generated]:
    assert generation.returncode == 0, generation.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(directory)
        yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def url(application: FastAPI) -> Iterator[str]:
    with live_server(application) as address:
        yield address


@pytest.fixture
def api(generated: Generated, url: str) -> Iterator[object]:
    timeout = httpx.Timeout(TIMEOUT_S)
    client = generated("client").Client(url, timeout=timeout, raise_on_unexpected_status=True)
    with client:
        yield client


@pytest.fixture
def plain(url: str) -> Callable[..., dict]:
    """The JSON itself, read by a client that knows nothing of the description."""

    def get(path: str, **parameters: object) -> dict:
        address = f"{url}/api/v1/{path}"
        return httpx2.get(address, params=parameters, timeout=TIMEOUT_S).json()

    return get


@pytest.fixture
def uploaded(generated: Generated, api, chelsea: bytes):
    """Chelsea as the client's own model of a kept picture."""
    file = generated("types").File(BytesIO(chelsea), "chelsea.png", "image/png")
    body = generated("models").UploadImageBody(file=file)
    return generated("api.images.upload_image").sync(client=api, body=body)


def test_generator_has_nothing_to_warn_of(
    generation: subprocess.CompletedProcess[str], directory: Path
) -> None:
    """It writes warnings to the error output, and generates what is left without them."""
    assert (generation.returncode, generation.stderr) == (0, "")
    assert generation.stdout == f"Generating {directory / PACKAGE}\n"


def test_every_operation_has_a_function(application: FastAPI, generated: Generated) -> None:
    paths = application.openapi()["paths"].values()
    operations = [operation for methods in paths for operation in methods.values()]
    assert len(operations) > 50
    for operation in operations:
        tag = operation["tags"][0].replace(" ", "_")
        assert callable(generated(f"api.{tag}.{operation['operationId']}").sync_detailed)


def test_models_are_listed(generated: Generated, api, plain) -> None:
    found = generated("api.models.list_models").sync(client=api)
    assert found.to_dict() == plain("models")
    lenet = next(model for model in found.models if model.id == found.default_model)
    assert (lenet.id, lenet.classes, lenet.weights.status.value) == (LENET, 10, "ready")


def test_layers_of_a_model_have_their_structure(generated: Generated, api, plain) -> None:
    found = generated("api.models.get_model").sync(LENET, client=api)
    assert found.to_dict() == plain(f"models/{LENET}")
    shapes = {layer.id: layer.output_shape for layer in found.layers}
    # LeCun et al. 1998, section II.B.
    assert (shapes["c1"], shapes["c3"]) == ([6, 28, 28], [16, 10, 10])


def test_picture_is_uploaded_predicted_and_forgotten(
    generated: Generated, api, plain, uploaded, chelsea: bytes
) -> None:
    assert (uploaded.width, uploaded.height, uploaded.bytes_) == (451, 300, len(chelsea))
    assert uploaded.colours is generated("models").StoredImageSchemaColours.STORED
    kept = generated("api.images.get_image").sync(uploaded.id, client=api)
    assert kept.payload.read() == chelsea

    predict = generated("api.predictions.get_predictions").sync
    found = predict(LENET, client=api, image=uploaded.id, top=3)
    assert found.to_dict() == plain(f"models/{LENET}/predictions", image=uploaded.id, top=3)
    assert [score.probability for score in found.classes] == sorted(
        (score.probability for score in found.classes), reverse=True
    )

    answer = generated("api.images.delete_image").sync_detailed(uploaded.id, client=api)
    assert answer.status_code == 204
    assert predict(LENET, client=api, image=uploaded.id).type_ == "unknown-image"


def test_picture_is_predicted_in_the_same_request(generated: Generated, api, chelsea) -> None:
    file = generated("types").File(BytesIO(chelsea), "chelsea.png", "image/png")
    body = generated("models").PredictUploadBody(file=file, model=LENET, top=2)
    found = generated("api.predictions.predict_upload").sync(client=api, body=body)
    assert (found.model, found.image, len(found.classes)) == (LENET, None, 2)


def test_receptive_field_is_told(generated: Generated, api, plain) -> None:
    asked = {"row": 2, "column": 3, "image": "example-chelsea"}
    ask = generated("api.receptive_fields.get_receptive_field").sync
    found = ask(LENET, "c3", client=api, **asked)
    assert found.to_dict() == plain(f"models/{LENET}/layers/c3/receptive-field", **asked)
    # 5 x 5 on pairs on 5 x 5: 5 + 1 + 4 * 2, every second pixel.
    assert (found.size.height, found.stride.width) == (14, 2)
    assert (found.input_box.top, found.input_box.left) == (4, 6)


def test_unknown_layer_is_a_problem(generated: Generated, api, plain) -> None:
    ask = generated("api.receptive_fields.get_receptive_field").sync_detailed
    answer = ask(LENET, "c9", client=api)
    problem = answer.parsed
    assert isinstance(problem, generated("models.problem").Problem)
    assert (answer.status_code, problem.status, problem.type_) == (404, 404, "unknown-layer")
    assert (problem["layer"], "c3" in problem["layers"]) == ("c9", True)
    assert problem.to_dict() == plain(f"models/{LENET}/layers/c9/receptive-field")


def test_interventions_of_two_kinds_are_sent(generated: Generated, api, url: str) -> None:
    models = generated("models")
    off = models.SwitchOffBody(kind="switch_off", layer="c3", channel=1)
    doubled = models.ScaleBody(kind="scale", layer="c1", channel=0, factor=2.0)
    body = models.InterventionsBody(interventions=[off, doubled], classes=[8])
    ask = generated("api.interventions.intervene_in_model").sync
    found = ask(LENET, client=api, body=body, image="example-chelsea")
    written = {
        "interventions": [
            {"kind": "switch_off", "layer": "c3", "channel": 1},
            {"kind": "scale", "layer": "c1", "channel": 0, "factor": 2.0},
        ],
        "classes": [8],
    }
    address = f"{url}/api/v1/models/{LENET}/interventions?image=example-chelsea"
    assert found.to_dict() == httpx2.post(address, json=written, timeout=TIMEOUT_S).json()


def test_events_come_as_text(generated: Generated, api, plain) -> None:
    ask = generated("api.interventions.watch_ablations").sync
    events = ask(LENET, "c3", client=api, image="example-chelsea", class_=8)
    name, data = events.strip().split("\n\n")[-1].split("\n")
    assert name == "event: done"
    asked = {"image": "example-chelsea", "class": 8}
    assert json.loads(data.removeprefix("data: ")) == plain(
        f"models/{LENET}/layers/c3/ablations", **asked
    )

"""The client against a real server: the same answers as the interface gives to anybody."""

import json

import numpy as np
import own_networks
import pytest
import torch
from asking import get, post
from own_networks import classifier
from PIL import Image
from published import EXAMPLES
from serving_networks import TOKEN, served

import convscope
from convscope.client import _method_name
from convscope.connection import _root_and_token
from convscope.pictures import BadPictureError, bytes_of

PICTURE = EXAMPLES / "chelsea.png"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with served(tmp_path_factory.mktemp("cache")) as url:
        yield url


@pytest.fixture
def scope(url):
    with convscope.Client(url) as client:
        yield client


@pytest.fixture(scope="module")
def image(url):
    with PICTURE.open("rb") as file:
        return post(f"{url}/api/v1/images", files={"file": file}).json()["id"]


def ask(url, path, **query):
    answer = get(f"{url}/api/v1/models/lenet5.mnist5k{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer


def test_scores_are_those_of_the_interface(scope, url, image):
    expected = ask(url, "/predictions", image=image, top=4).json()["classes"]
    found = scope.scores(PICTURE, top=4)
    assert [vars(one) for one in found] == expected


def test_arrays_are_the_numbers_themselves(scope, url, image):
    for layer, shape in (("c1", (6, 28, 28)), ("output", (10,))):
        found = scope.activations(layer, image)
        assert (found.dtype, found.shape) == (np.float32, shape)
    whole = ask(url, "/layers/c1/activations", image=image).json()
    assert scope.activations("c1", image)[2].max() == np.float32(whole["channels"][2]["maximum"])
    assert scope.filters("c1").shape == (6, 1, 5, 5)


def test_a_field_is_where_a_unit_looks(scope):
    found = scope.field("c1", 3, 4)
    # A 5 x 5 window without padding, moved by one.
    assert vars(found.input_box) == {"top": 3, "left": 4, "bottom": 8, "right": 9}
    assert found.image_box is None
    assert scope.field("c1", 3, 4, image="example-chelsea").image_box is not None


def test_a_number_is_explained_by_its_terms(scope, image):
    value = scope.activations("c1", image)[2, 3, 4]
    found = scope.explain("c1", 2, 3, 4, image)
    assert found["value"] == pytest.approx(value, rel=1e-6)
    assert found["explained"] == pytest.approx(value, abs=1e-5)
    assert scope.explain("output", 3, image=image)["operation"] == "linear"


def test_an_attribution_is_a_map_over_the_input(scope, image):
    found = scope.attribution("Integrated gradients", image, class_index=3, steps=8)
    assert found.map.shape == (32, 32)
    assert found.map.sum() == pytest.approx(found.answer["sum"], rel=1e-4, abs=1e-4)
    assert (found.method, found.class_index, found.label) == ("integrated_gradients", 3, "3")
    best = scope.scores(image, top=1)[0].index
    assert scope.attribution("grad_cam", image).class_index == best
    assert scope.attribution("Grad-CAM++", image).method == "grad_cam_plus_plus"
    assert {"grad_cam", "occlusion"} <= {one["name"] for one in scope.methods()}


def test_names_of_methods_as_papers_write_them(scope):
    names = {one["name"] for one in scope.methods()}
    written = ("Grad-CAM", "Grad-CAM++", "Score-CAM", "Layer-CAM", "Integrated Gradients")
    assert {_method_name(one) for one in written} <= names


def test_a_channel_is_maximised(scope):
    found = scope.maximise("c1", 1, steps=8, size=32)
    assert found.picture.shape == (32, 32)
    assert found.picture.dtype == np.uint8
    assert found.end > found.start


def test_a_table_has_every_layer(scope, url):
    expected = ask(url, "").json()["layers"]
    found = scope.table()
    assert [row.id for row in found] == [layer["id"] for layer in expected]
    # LeNet-5 by hand: two convolutions of 5 x 5 and a pooling of 2 x 2 between them.
    fields = {row.id: row.field for row in found}
    assert (fields["c1"], fields["s2"], fields["c3"]) == ((5, 5), (6, 6), (14, 14))


def test_errors_have_the_servers_words(scope):
    with pytest.raises(convscope.ServerError, match="There is no layer 'c9'") as caught:
        scope.activations("c9", "example-chelsea")
    assert (caught.value.status, caught.value.type) == (404, "unknown-layer")
    with pytest.raises(convscope.ServerError, match="nothing-of-mine"):
        scope.scores("nothing-of-mine")
    with (
        convscope.Client("http://127.0.0.1:9") as nobody,
        pytest.raises(convscope.ServerError, match="does not answer") as caught,
    ):
        nobody.models()
    assert caught.value.status == 0


def test_a_picture_that_was_forgotten_is_sent_again(scope, url):
    first = scope.upload(PICTURE)
    assert scope.upload(PICTURE) == first, "sent once"
    import httpx2

    httpx2.delete(f"{url}/api/v1/images/{first}", timeout=60)
    assert len(scope.scores(PICTURE)) == 5
    assert scope.upload(PICTURE) in scope._sent.values()


def test_an_array_that_was_forgotten_is_sent_again(scope, url):
    picture = np.random.default_rng(7).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    import httpx2

    httpx2.delete(f"{url}/api/v1/images/{scope.upload(picture)}", timeout=60)
    assert len(scope.scores(picture)) == 5


def test_a_token_is_brought_however_it_was_given(tmp_path):
    with served(tmp_path / "cache", token=TOKEN, session_addresses=True) as url:
        for client in (
            convscope.Client(url, TOKEN),
            convscope.Client(f"{url}/?token={TOKEN}"),
            convscope.Client(f"{url}/session/{TOKEN}/?model=lenet5.mnist5k"),
        ):
            with client:
                assert client.model == "lenet5.mnist5k"
        with (
            convscope.Client(url) as client,
            pytest.raises(convscope.ServerError, match="asks for a token"),
        ):
            client.models()


def test_addresses_behind_a_proxy():
    assert _root_and_token("https://hub.example/user/a/proxy/80/session/abc/?model=x") == (
        "https://hub.example/user/a/proxy/80/",
        "abc",
    )
    assert _root_and_token("http://127.0.0.1:8000") == ("http://127.0.0.1:8000/", None)
    with pytest.raises(ValueError, match="no address of a server"):
        _root_and_token("127.0.0.1:8000")


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_bundle_is_opened_and_asked(form, scope, tmp_path):
    place = tmp_path / ("flowers.zip" if form == "zip" else "flowers")
    network = classifier(4)
    convscope.export(network, place, labels=list("abcd"), input_shape=(3, 64, 64))
    model = scope.open(place, name=f"flowers-{form}")
    assert model == scope.model == f"sequential.flowers-{form}"
    found = scope.scores(PICTURE, top=4)
    assert {one.label for one in found} == set("abcd")
    given = scope.activations("input", PICTURE)
    with torch.no_grad():
        expected = network.eval()(torch.from_numpy(given)[None])[0]
    assert [one.logit for one in found] == pytest.approx(
        sorted(expected.tolist(), reverse=True), rel=1e-5, abs=1e-6
    )


def test_a_checkpoint_is_recognised_and_asked(scope, tmp_path):
    network = own_networks.resnet(num_classes=3)
    torch.save({"state_dict": network.state_dict()}, tmp_path / "best.pth")
    assert scope.open(tmp_path / "best.pth", labels=["a", "b", "c"]) == "resnet18.best"
    assert {one.label for one in scope.scores(PICTURE)} == {"a", "b", "c"}


def test_pictures_come_in_many_forms(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "it.png")
    for given in (
        colours,
        colours / 255,
        torch.from_numpy(colours).permute(2, 0, 1),
        torch.from_numpy(colours).permute(2, 0, 1) / 255,
        Image.fromarray(colours),
        tmp_path / "it.png",
        (tmp_path / "it.png").read_bytes(),
    ):
        data, _ = bytes_of(given)
        (tmp_path / "back.png").write_bytes(data)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "back.png")), colours)
    grey = torch.from_numpy(colours[..., 0])[None]
    (tmp_path / "back.png").write_bytes(bytes_of(grey)[0])
    assert np.array_equal(np.asarray(Image.open(tmp_path / "back.png")), colours[..., 0])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((4, 4, 2)), "1, 3 or 4 channels last"),
        (np.full((4, 4), -0.5), "fractions has them from 0 to 1"),
        (np.full((4, 4), np.nan), "fractions has them from 0 to 1"),
        (np.full((4, 4), 300), "from 0 to 255"),
        ("nothing.png", "cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused(given, words):
    with pytest.raises(BadPictureError, match=words):
        bytes_of(given)


def test_an_answer_that_is_no_problem_is_an_error_all_the_same():
    import httpx2

    from convscope.connection import _error_of

    request = httpx2.Request("GET", "http://127.0.0.1/api/v1/models")
    for content in (b"<html>Bad gateway</html>", json.dumps([1]).encode()):
        error = _error_of(httpx2.Response(502, content=content, request=request))
        assert (error.status, error.type) == (502, "no-problem")

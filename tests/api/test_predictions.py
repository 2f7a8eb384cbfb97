"""Class scores over HTTP, against figures measured apart from this program."""

import math

import numpy as np
import pytest
from fastapi.testclient import TestClient
from published import EXAMPLES, REFERENCE_SCORES

DEFAULT = "efficientnet_lite0.imagenet1k"


def scores(document: dict[str, object]) -> dict[str, float]:
    return {item["label"]: item["probability"] for item in document["classes"]}


@pytest.mark.parametrize("file_name", REFERENCE_SCORES)
def test_one_shot_prediction_gives_the_published_scores(client: TestClient, file_name: str) -> None:
    with (EXAMPLES / file_name).open("rb") as file:
        answer = client.post("/api/v1/predictions", files={"file": file})
    assert answer.status_code == 200
    assert answer.json()["model"] == DEFAULT
    assert answer.json()["image"] is None
    reference = REFERENCE_SCORES[file_name]
    found = scores(answer.json())
    assert list(found)[: len(reference)] == list(reference)
    for label, probability in reference.items():
        assert found[label] == pytest.approx(probability, abs=0.001)


def test_upload_then_predict_gives_the_same_as_one_shot(client: TestClient, chelsea: bytes) -> None:
    one_shot = client.post("/api/v1/predictions", files={"file": chelsea}).json()
    uploaded = client.post("/api/v1/images", files={"file": chelsea})
    assert uploaded.status_code == 201
    image_id = uploaded.json()["id"]
    assert uploaded.headers["location"] == f"/api/v1/images/{image_id}"
    answer = client.get(f"/api/v1/models/{DEFAULT}/predictions", params={"image": image_id}).json()
    assert answer == {**one_shot, "image": image_id}


def test_bare_architecture_means_its_default_tag(client: TestClient) -> None:
    answer = client.get(
        "/api/v1/models/efficientnet_lite0/predictions", params={"image": "example-coffee"}
    )
    assert answer.json()["model"] == DEFAULT


def test_all_probabilities_sum_to_one_and_entropy_is_theirs(client: TestClient) -> None:
    answer = client.get(
        f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-rocket", "top": 1000}
    ).json()
    logits = np.array([item["logit"] for item in answer["classes"]])
    assert (np.diff(logits) <= 0).all()
    shares = np.exp(logits) / np.exp(logits).sum()
    assert [item["probability"] for item in answer["classes"]] == pytest.approx(shares)
    assert [item["sigmoid"] for item in answer["classes"]] == pytest.approx(
        1 / (1 + np.exp(-logits))
    )
    assert answer["entropy_bits"] == pytest.approx(-(shares * np.log2(shares)).sum())
    assert answer["maximum_entropy_bits"] == pytest.approx(math.log2(1000))
    assert sorted(item["index"] for item in answer["classes"]) == list(range(1000))


def test_image_box_is_the_centre_square_that_the_network_sees(client: TestClient) -> None:
    answer = client.get(
        f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-chelsea"}
    ).json()
    assert answer["image_size"] == {"height": 300, "width": 451}
    assert answer["input_size"] == {"channels": 3, "height": 224, "width": 224}
    # 300 rows become 256, of which rows 16 to 240 are kept; columns likewise, 80 from the left.
    box = answer["image_box"]
    assert box["top"] == pytest.approx(16 * 300 / 256)
    assert box["bottom"] == pytest.approx(240 * 300 / 256)
    assert box["left"] == pytest.approx(80 * 451 / 384)
    assert box["right"] == pytest.approx(304 * 451 / 384)


@pytest.mark.parametrize("top", ["0", "-1", "1001", str(10**9), "9" * 5000])
def test_top_out_of_range_names_the_range(client: TestClient, chelsea: bytes, top: str) -> None:
    for answer in (
        client.get(
            f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-coffee", "top": top}
        ),
        client.post("/api/v1/predictions", files={"file": chelsea}, data={"top": top}),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"] == "invalid-parameter"
        assert "top" in answer.json()["detail"]


@pytest.mark.parametrize("top", ["NaN", "inf", "1.5", "five", "\x00"])
def test_top_that_is_no_number_is_named(client: TestClient, chelsea: bytes, top: str) -> None:
    for answer in (
        client.get(
            f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-coffee", "top": top}
        ),
        client.post("/api/v1/predictions", files={"file": chelsea}, data={"top": top}),
    ):
        assert answer.status_code == 422
        assert "top" in answer.json()["detail"]


def test_misspelt_parameter_is_refused_by_name(client: TestClient) -> None:
    answer = client.get(
        f"/api/v1/models/{DEFAULT}/predictions", params={"image": "example-coffee", "tpo": 3}
    )
    assert answer.status_code == 422
    assert "tpo" in answer.json()["detail"]


def test_unknown_model_names_close_ones(client: TestClient, chelsea: bytes) -> None:
    for answer in (
        client.get("/api/v1/models/resnet5O/predictions", params={"image": "example-coffee"}),
        client.post("/api/v1/predictions", files={"file": chelsea}, data={"model": "resnet5O"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["type"] == "unknown-model"
        assert "resnet50" in answer.json()["close_matches"]


def test_missing_weights_name_the_file_the_places_and_a_way_out(
    client: TestClient, settings
) -> None:
    answer = client.get(
        "/api/v1/models/resnet50.imagenet1k_v2/predictions", params={"image": "example-coffee"}
    )
    assert answer.status_code == 503
    problem = answer.json()
    assert problem["type"] == "weights-unavailable"
    assert problem["file_name"] == "resnet50-11ad3fa6.pth"
    assert str(settings.cache_dir) in problem["detail"]
    assert problem["directories"] == [str(settings.cache_dir)]
    assert problem["downloadable"] is True
    assert problem["random_model"] == "resnet50.random"
    random_answer = client.get(
        f"/api/v1/models/{problem['random_model']}/predictions", params={"image": "example-coffee"}
    )
    assert random_answer.status_code == 200
    assert random_answer.json()["origin"] == "random"


def test_repeated_get_is_not_modified(client: TestClient) -> None:
    address = f"/api/v1/models/{DEFAULT}/predictions?image=example-coffee"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    other = client.get(f"{address}&top=6", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_input_says_the_same_part_of_the_picture_as_a_prediction(client: TestClient) -> None:
    asked = {"image": "example-chelsea"}
    told = client.get(f"/api/v1/models/{DEFAULT}/input", params={**asked, "format": "json"}).json()
    prediction = client.get(f"/api/v1/models/{DEFAULT}/predictions", params=asked).json()
    assert told == {name: prediction[name] for name in told}
    # 451 x 300 px; the central 7/8 of the shorter side.
    assert told["image_size"] == {"height": 300, "width": 451}
    assert told["image_box"]["bottom"] - told["image_box"]["top"] == pytest.approx(262.5)


def test_input_as_npy_is_what_an_independent_pipeline_prepares(
    client: TestClient, chelsea: bytes
) -> None:
    import io

    from PIL import Image
    from timm.data import create_transform

    import models.torchvision_operators  # noqa: F401

    answer = client.get(
        f"/api/v1/models/{DEFAULT}/input", params={"image": "example-chelsea", "format": "npy"}
    )
    tensor = np.load(io.BytesIO(answer.content))
    transform = create_transform(
        224, interpolation="bicubic", crop_pct=0.875, mean=(0.5,) * 3, std=(0.5,) * 3
    )
    expected = transform(Image.open(io.BytesIO(chelsea)).convert("RGB")).numpy()
    assert tensor.dtype == np.float32
    np.testing.assert_allclose(tensor[0], expected, atol=1e-6)
    picture = client.get(f"/api/v1/models/{DEFAULT}/input", params={"image": "example-chelsea"})
    assert picture.headers["content-type"] == "image/png"
    shown = np.asarray(Image.open(io.BytesIO(picture.content)))
    np.testing.assert_allclose(shown, (expected.transpose(1, 2, 0) * 0.5 + 0.5) * 255, atol=0.51)

"""What is said of how a picture was read, and its colours taken one way or the other."""

import io
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageCms, ImageOps
from published import EXAMPLES

CASES = Path(__file__).parents[1] / "data" / "pictures"
DEFAULT = "/api/v1/models/efficientnet_lite0"


def swapped_profile() -> bytes:
    """sRGB with red's and blue's colorants each in the other's place."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    names = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}
    for at in range(132, 132 + 12 * int.from_bytes(swapped[128:132], "big"), 12):
        name = bytes(swapped[at : at + 4])
        swapped[at : at + 4] = names.get(name, name)
    return bytes(swapped)


@pytest.fixture(scope="module")
def photograph() -> bytes:
    """A PNG whose profile takes red for blue."""
    stream = io.BytesIO()
    image = Image.open(EXAMPLES / "chelsea.png").convert("RGB")
    image.save(stream, "PNG", icc_profile=swapped_profile())
    return stream.getvalue()


def raw_pixels() -> np.ndarray:
    return np.asarray(Image.open(EXAMPLES / "chelsea.png").convert("RGB"))


def upload(client: TestClient, data: bytes, **fields: str) -> dict[str, object]:
    answer = client.post("/api/v1/images", files={"file": data}, data=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def shown(client: TestClient, image_id: object) -> np.ndarray:
    """The pixels of the picture as it is answered, turned as browsers turn it."""
    data = client.get(f"/api/v1/images/{image_id}").content
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


def logits(document: dict[str, object]) -> list[float]:
    return [found["logit"] for found in document["classes"]]


def test_numbers_are_the_files_own_unless_a_conversion_is_asked_for(
    client: TestClient, photograph: bytes
) -> None:
    stored = upload(client, photograph)
    assert (stored["colours"], stored["as_sent"]) == ("stored", False)
    (note,) = stored["notes"]
    assert (note["code"], note["alternative"]) == ("profile-left-aside", "profile")
    assert np.array_equal(shown(client, stored["id"]), raw_pixels())

    converted = upload(client, photograph, colours="profile")
    (note,) = converted["notes"]
    assert (note["code"], note["alternative"]) == ("profile-applied", "stored")
    found = shown(client, converted["id"])
    assert np.abs(found.astype(int) - raw_pixels()[:, :, ::-1]).max() <= 2

    # The scores are of the picture that is shown, in one call as in two.
    stream = io.BytesIO()
    Image.fromarray(found).save(stream, "PNG")
    plain = client.post("/api/v1/predictions", files={"file": stream.getvalue()}).json()
    for document in (
        client.get(f"{DEFAULT}/predictions", params={"image": converted["id"]}).json(),
        client.post(
            "/api/v1/predictions", files={"file": photograph}, data={"colours": "profile"}
        ).json(),
    ):
        assert document["notes"] == converted["notes"]
        assert logits(document) == logits(plain)
    left_aside = client.post("/api/v1/predictions", files={"file": photograph}).json()
    assert left_aside["notes"] == stored["notes"]
    assert logits(left_aside) != logits(plain)
    assert plain["notes"] == []


def test_a_kept_file_is_read_otherwise_without_being_sent_again(
    client: TestClient, photograph: bytes
) -> None:
    stored = upload(client, photograph)
    address = f"/api/v1/images/{stored['id']}/readings"
    answer = client.post(address, json={"colours": "profile"})
    assert answer.status_code == 201
    converted = answer.json()
    assert answer.headers["location"] == f"/api/v1/images/{converted['id']}"
    assert converted["id"] != stored["id"]
    assert np.abs(shown(client, converted["id"]).astype(int) - raw_pixels()[:, :, ::-1]).max() <= 2
    again = client.post(
        f"/api/v1/images/{converted['id']}/readings", json={"colours": "stored"}
    ).json()
    assert again["notes"] == stored["notes"]
    assert np.array_equal(shown(client, again["id"]), raw_pixels())
    # The example in Adobe's colours too.
    rocket = client.post("/api/v1/images/example-rocket/readings", json={"colours": "profile"})
    assert rocket.json()["notes"][0]["code"] == "profile-applied"
    assert "Adobe RGB (1998)" in rocket.json()["notes"][0]["text"]


def test_a_wrong_choice_of_colours_is_named_with_the_right_ones(
    client: TestClient, photograph: bytes
) -> None:
    for address in ("/api/v1/images", "/api/v1/predictions"):
        answer = client.post(address, files={"file": photograph}, data={"colours": "srgb"})
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["type"] == "invalid-parameter"
        for named in ("colours", "'srgb'", "stored", "profile"):
            assert named in problem["detail"]
    image_id = upload(client, photograph)["id"]
    answer = client.post(f"/api/v1/images/{image_id}/readings", json={"colours": "srgb"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "invalid-parameter"
    unknown = client.post("/api/v1/images/nobody/readings", json={"colours": "stored"})
    assert unknown.json()["type"] == "unknown-image"


def test_an_edited_picture_keeps_the_notes_and_offers_no_choice(
    client: TestClient, photograph: bytes
) -> None:
    stored = upload(client, photograph)
    edited = client.post(f"/api/v1/images/{stored['id']}/variants", json={"scale": 1}).json()
    assert [(note["code"], note["alternative"]) for note in edited["notes"]] == [
        ("profile-left-aside", None)
    ]
    assert np.array_equal(shown(client, edited["id"]), raw_pixels())


def test_examples_tell_their_notes(client: TestClient) -> None:
    examples = client.get("/api/v1/examples?kind=photograph").json()["examples"]
    notes = {example["id"]: [note["code"] for note in example["notes"]] for example in examples}
    assert notes == {
        "example-chelsea": [],
        "example-coffee": [],
        "example-rocket": ["profile-left-aside"],
        "example-astronaut": [],
    }
    raw = np.asarray(Image.open(EXAMPLES / "rocket.jpg").convert("RGB"))
    assert np.array_equal(shown(client, "example-rocket"), raw)


def turned(format_name: str, orientation: int, **options: object) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    image = Image.open(EXAMPLES / "coffee.png").convert("RGB").resize((60, 40))
    image.save(stream, format_name, exif=exif, **options)
    return stream.getvalue()


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("icc", [b"", swapped_profile()], ids=["plain", "profile"])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_what_is_shown_is_what_the_network_gets(
    client: TestClient, format_name: str, icc: bytes, orientation: int
) -> None:
    """Shown, sent again as plain pixels: the network's input is the same, bit for bit."""
    document = upload(client, turned(format_name, orientation, icc_profile=icc or None))
    pixels = shown(client, document["id"])
    assert pixels.shape[:2] == ((40, 60) if orientation == 1 else (60, 40))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    plain = upload(client, stream.getvalue())
    inputs = [
        client.get(f"{DEFAULT}/input", params={"image": image_id, "format": "npy"}).content
        for image_id in (document["id"], plain["id"])
    ]
    assert inputs[0] == inputs[1]


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [("truncated_half.jpg", 400, "bad-image"), ("noeoi_big.jpg", 201, "end-marker-missing")],
)
def test_a_file_that_breaks_off_is_refused_or_said(
    client: TestClient, name: str, status: int, kind: str
) -> None:
    answer = client.post("/api/v1/images", files={"file": (CASES / name).read_bytes()})
    assert answer.status_code == status
    assert kind == (answer.json()["type"] if status == 400 else answer.json()["notes"][0]["code"])

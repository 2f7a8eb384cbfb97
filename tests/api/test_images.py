"""Pictures over HTTP: kept, shown, forgotten; and everything that is not a picture."""

import io
import struct
import zlib

import numpy as np
import pytest
from fastapi import Response
from fastapi.testclient import TestClient
from PIL import Image
from published import EXAMPLES

from app.main import create_app
from app.settings import Settings
from models.data.packaged_digits import mnist5k


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def upload(client: TestClient, data: bytes, name: str = "picture") -> dict[str, object]:
    answer = client.post("/api/v1/images", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_uploaded_jpeg_comes_back_byte_for_byte(client: TestClient) -> None:
    data = encoded(Image.open(EXAMPLES / "chelsea.png").convert("RGB"), "JPEG")
    document = upload(client, data)
    assert (document["width"], document["height"], document["as_sent"]) == (451, 300, True)
    assert (document["format"], document["bytes"]) == ("JPEG", len(data))
    answer = client.get(f"/api/v1/images/{document['id']}")
    assert (answer.content, answer.headers["content-type"]) == (data, "image/jpeg")
    assert (
        client.get(
            f"/api/v1/images/{document['id']}", headers={"If-None-Match": answer.headers["etag"]}
        ).status_code
        == 304
    )


@pytest.mark.parametrize("image_format", ["TIFF", "GIF", "AVIF", "WebP", "BMP", "PNG", "JPEG"])
def test_every_format_predicts_and_comes_back_as_a_browser_shows_it(
    client: TestClient, image_format: str
) -> None:
    picture = Image.open(EXAMPLES / "coffee.png").convert("RGB")
    document = upload(client, encoded(picture, image_format))
    assert document["format"] == image_format
    shown = client.get(f"/api/v1/images/{document['id']}")
    assert Image.open(io.BytesIO(shown.content)).size == picture.size
    assert shown.headers["content-type"] in {"image/png", "image/jpeg", "image/webp"}
    answer = client.get(
        "/api/v1/models/efficientnet_lite0/predictions", params={"image": document["id"]}
    )
    assert answer.json()["classes"][0]["label"] == "espresso"


def test_exif_rotation_is_undone_before_the_network_looks(client: TestClient) -> None:
    upright = Image.open(EXAMPLES / "chelsea.png").convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    stored = encoded(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)
    document = upload(client, stored)
    assert (document["width"], document["height"]) == upright.size
    address = "/api/v1/models/efficientnet_lite0"

    def asked(resource: str, image: str, **query: str) -> Response:
        return client.get(f"{address}/{resource}", params={"image": image, **query})

    # What the network sees is the same, bit for bit.
    seen = [
        asked("input", image, format="npy").content for image in (document["id"], "example-chelsea")
    ]
    assert seen[0] == seen[1]
    turned = asked("predictions", document["id"]).json()["classes"]
    straight = asked("predictions", "example-chelsea").json()["classes"]
    assert turned == straight
    shown = Image.open(io.BytesIO(client.get(f"/api/v1/images/{document['id']}").content))
    assert shown.size == upright.size
    assert shown.getexif().get(0x0112, 1) == 1


def test_thumbnail_is_the_picture_made_small(client: TestClient, chelsea: bytes) -> None:
    image_id = upload(client, chelsea)["id"]
    address = f"/api/v1/images/{image_id}/thumbnail"
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/jpeg"
    assert len(answer.content) < len(chelsea) / 20
    shown = Image.open(io.BytesIO(answer.content))
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (192, 128))
    expected = Image.open(io.BytesIO(chelsea)).convert("RGB").resize((192, 128))
    assert np.abs(np.asarray(shown, float) - np.asarray(expected, float)).mean() < 4
    held = {"If-None-Match": answer.headers["etag"]}
    assert client.get(address, headers=held).status_code == 304


@pytest.mark.parametrize(
    ("size", "expected"), [((20, 30), (20, 30)), ((2000, 2), (192, 1)), ((193, 100), (192, 99))]
)
def test_thumbnail_of_a_small_or_thin_picture(
    client: TestClient, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", size, (200, 10, 10)).save(stream, "PNG")
    image_id = upload(client, stream.getvalue())["id"]
    answer = client.get(f"/api/v1/images/{image_id}/thumbnail")
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == expected


def test_deleted_picture_is_unknown_and_its_scores_too(client: TestClient, chelsea: bytes) -> None:
    image_id = upload(client, chelsea)["id"]
    address = f"/api/v1/models/efficientnet_lite0/predictions?image={image_id}"
    assert client.get(address).status_code == 200
    assert client.delete(f"/api/v1/images/{image_id}").status_code == 204
    for answer in (
        client.get(f"/api/v1/images/{image_id}"),
        client.get(f"/api/v1/images/{image_id}/thumbnail"),
        client.delete(f"/api/v1/images/{image_id}"),
        client.get(address),
        client.get(f"/api/v1/models/efficientnet_lite0/input?image={image_id}"),
    ):
        assert answer.status_code == 404
        assert answer.json()["type"] == "unknown-image"
        assert answer.json()["image"] == image_id


def test_examples_are_pictures_that_cannot_be_deleted(client: TestClient) -> None:
    examples = client.get("/api/v1/examples").json()["examples"]
    assert [example["id"] for example in examples] == [
        "example-chelsea",
        "example-coffee",
        "example-rocket",
        "example-astronaut",
        *[f"example-digit-{digit}" for digit in range(10)],
    ]
    assert all(example["author"] and example["licence"] for example in examples)
    assert client.delete("/api/v1/images/example-coffee").status_code == 404
    assert client.get("/api/v1/images/example-coffee").status_code == 200


@pytest.mark.parametrize(("kind", "count"), [("photograph", 4), ("digit", 10)])
def test_examples_of_one_kind(client: TestClient, kind: str, count: int) -> None:
    examples = client.get("/api/v1/examples", params={"kind": kind}).json()["examples"]
    assert [example["kind"] for example in examples] == [kind] * count
    assert client.get("/api/v1/examples", params={"kind": "cat"}).status_code == 422


def test_example_digits_are_held_out_ones_that_a_network_reads(client: TestClient) -> None:
    everything = mnist5k()
    for digit in range(10):
        answer = client.get(f"/api/v1/images/example-digit-{digit}")
        levels = np.asarray(Image.open(io.BytesIO(answer.content)))
        held_out = everything.held_out
        position = int((held_out.labels == digit).nonzero()[0])
        assert (levels == (held_out.pictures[position, 0] * 255).round().numpy()).all()
        answer = client.get(
            "/api/v1/models/lenet5.mnist5k/predictions",
            params={"image": f"example-digit-{digit}", "top": 1},
        )
        assert [best["label"] for best in answer.json()["classes"]] == [str(digit)]


def test_the_place_to_begin_at_in_a_digit_is_ink(client: TestClient) -> None:
    for example in client.get("/api/v1/examples?kind=digit").json()["examples"]:
        file = io.BytesIO(client.get(f"/api/v1/images/{example['id']}").content)
        levels = np.asarray(Image.open(file))
        assert levels[int(example["focus"]["y"]), int(example["focus"]["x"])] > 200


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def white_png(width: int, height: int) -> bytes:
    """A whole PNG of any size, a thousand times smaller than its pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compressobj()
    row = b"\0" + b"\xff" * 3 * width
    body = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


BAD_PICTURES = {
    "empty file": (b"", 400),
    "text named .jpg": (b"these are only words", 400),
    "truncated JPEG": ((EXAMPLES / "rocket.jpg").read_bytes()[:50_000], 400),
    "truncated PNG": ((EXAMPLES / "chelsea.png").read_bytes()[:100_000], 400),
    "header alone": (white_png(100, 100)[:40], 400),
    "decompression bomb": (white_png(8_000, 7_000), 413),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', 415),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_what_is_no_picture_is_refused_in_words(client: TestClient, name: str) -> None:
    data, status = BAD_PICTURES[name]
    for address in ("/api/v1/images", "/api/v1/predictions"):
        answer = client.post(address, files={"file": ("picture.jpg", data)})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        kinds = {400: "bad-image", 413: "image-too-large", 415: "unsupported-image"}
        assert problem["type"] == kinds[status]
        assert problem["status"] == status
        assert problem["detail"].endswith(".")
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("size", [(1, 1), (20_000, 1), (1, 20_000)])
def test_smallest_and_thinnest_pictures_are_read(client: TestClient, size: tuple[int, int]) -> None:
    data = encoded(Image.new("RGB", size, (200, 30, 30)), "PNG")
    answer = client.post("/api/v1/predictions", files={"file": data})
    assert answer.status_code == 200
    assert answer.json()["image_size"] == {"width": size[0], "height": size[1]}


def test_file_beyond_the_limit_is_refused(settings: Settings, chelsea: bytes) -> None:
    small = settings.model_copy(update={"max_upload_bytes": 10_000})
    with TestClient(create_app(small)) as limited:
        answer = limited.post("/api/v1/images", files={"file": chelsea})
        assert answer.status_code == 413
        assert answer.json()["type"] == "image-too-large"
        assert "10,000 bytes" in answer.json()["detail"]


def test_wrong_field_name_is_named(client: TestClient, chelsea: bytes) -> None:
    answer = client.post("/api/v1/images", files={"picture": chelsea})
    assert answer.status_code == 422
    assert "'file'" in answer.json()["detail"]
    assert "picture" in answer.json()["detail"]


def test_two_files_or_a_text_field_called_file_are_refused(
    client: TestClient, chelsea: bytes
) -> None:
    twice = client.post("/api/v1/images", files=[("file", chelsea), ("file", chelsea)])
    text = client.post("/api/v1/images", data={"file": "a"}, files={"other": b""})
    assert (twice.status_code, text.status_code) == (422, 422)


def test_body_that_is_no_form_is_refused(client: TestClient, chelsea: bytes) -> None:
    answer = client.post("/api/v1/images", content=chelsea, headers={"Content-Type": "image/png"})
    assert answer.status_code == 415
    assert answer.json()["type"] == "unsupported-media-type"
    broken = client.post(
        "/api/v1/images", content=b"x", headers={"Content-Type": "multipart/form-data"}
    )
    assert broken.status_code == 422
    assert "multipart" in broken.json()["detail"]

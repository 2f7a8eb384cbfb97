"""Forms as clients write them: read, or refused in words that are true."""

import base64
import gzip

import pytest
from fastapi.testclient import TestClient

HEAD = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n'
PREAMBLE = b"This is a message with several parts.\r\n"


def form(
    picture: bytes, head: bytes = HEAD, before: bytes = b"", more: bytes = b"", end: bytes = b"--"
) -> bytes:
    return (
        before + b"--limit\r\n" + head + b"\r\n" + picture + more + b"\r\n--limit" + end + b"\r\n"
    )


def named(disposition: str) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n".encode()


def post(client: TestClient, body: bytes, **headers: str):
    sent = {"Content-Type": "multipart/form-data; boundary=limit", **headers}
    return client.post("/api/v1/images", content=body, headers=sent)


@pytest.mark.parametrize(
    ("content_type", "options"),
    [
        ("Multipart/Form-Data; Boundary=limit", {}),
        ('MULTIPART/FORM-DATA ;boundary="limit"', {}),
        (
            "multipart/form-data; boundary=limit",
            {"head": named("name=file; filename*=UTF-8''%C3%A4.png")},
        ),
        (
            "multipart/form-data; boundary=limit",
            {"head": named('name="file"; filename="a.png"; FileName*=UTF-8\'\'b.png')},
        ),
        ("multipart/form-data; boundary=limit", {"before": PREAMBLE}),
        ("multipart/form-data; boundary=limit", {"before": b"\r\n"}),
        ("multipart/form-data; boundary=limit", {"before": PREAMBLE * 400}),
        ("multipart/form-data; boundary=limit", {"end": b"--\r\nand words behind it"}),
        (
            "multipart/form-data; boundary=limit",
            {"head": HEAD + b"Content-Transfer-Encoding: Binary\r\n"},
        ),
    ],
)
def test_forms_that_the_standards_allow_are_read(
    client: TestClient, chelsea: bytes, content_type: str, options: dict[str, bytes]
) -> None:
    answer = post(client, form(chelsea, **options), **{"Content-Type": content_type})
    assert answer.status_code == 201, answer.text
    assert answer.json()["bytes"] == len(chelsea)


def test_a_form_that_comes_byte_by_byte_is_read(client: TestClient) -> None:
    """By hand: a GIF of one red pixel, behind a preamble, its boundary cut everywhere."""
    gif = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\0\0,\0\0\0\0\1\0\1\0\0\x02\x02\x4c\x01\0;"
    body = form(gif, before=PREAMBLE)
    answer = post(client, (body[place : place + 1] for place in range(len(body))))
    assert (answer.status_code, answer.json()["bytes"]) == (201, len(gif))


REFUSED = {
    "a body compressed by gzip": (
        lambda picture: (gzip.compress(form(picture)), {"Content-Encoding": "gzip"}),
        (415, "compressed (Content-Encoding: gzip); send it as it is"),
    ),
    "a part written in base64": (
        lambda picture: (
            form(base64.b64encode(picture), HEAD + b"Content-Transfer-Encoding: base64\r\n"),
            {},
        ),
        (422, "encoded as base64; send its bytes as they are"),
    ),
    "two files": (
        lambda picture: (form(picture, more=b"\r\n--limit\r\n" + HEAD + b"\r\n" + picture), {}),
        (422, "exactly one file, in the field 'file'; this form has 'file', 'file'."),
    ),
    "nine files": (
        lambda picture: (form(b"", more=(b"\r\n--limit\r\n" + HEAD + b"\r\n") * 8), {}),
        (422, "Maximum number of files is 8"),
    ),
    "another boundary": (
        lambda picture: (form(picture), {"Content-Type": "multipart/form-data; boundary=other"}),
        (422, "its boundary, '--other', is not"),
    ),
    "an end before the boundary": (
        lambda picture: (form(picture)[:-20], {}),
        (422, "The form cannot be read: it ends before its closing boundary."),
    ),
    "an end before the closing boundary": (
        lambda picture: (form(picture, end=b""), {}),
        (422, "it ends before its closing boundary."),
    ),
    "no parts": (
        lambda _: (b"--limit--\r\n", {}),
        (422, "exactly one file, in the field 'file'; this form has no field."),
    ),
    "a type that only begins like a form": (
        lambda picture: (form(picture), {"Content-Type": "multipart/form-data-2; boundary=limit"}),
        (415, "Send multipart/form-data"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_forms_are_refused_in_true_words(
    client: TestClient, chelsea: bytes, name: str
) -> None:
    make, (status, words) = REFUSED[name]
    body, headers = make(chelsea)
    answer = post(client, body, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    "fields", [{"data": {"top": ["1", "2"]}}, {"files": [("top", ("top.txt", b"1"))]}]
)
def test_text_fields_come_once_and_as_text(
    client: TestClient, chelsea: bytes, fields: dict[str, object]
) -> None:
    files = [("file", chelsea), *fields.get("files", [])]
    answer = client.post("/api/v1/predictions", files=files, data=fields.get("data"))
    assert answer.status_code == 422
    assert "'top' once, as text" in answer.json()["detail"]

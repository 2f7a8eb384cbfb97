import pytest

from models.checkpoints.labels import read_labels
from models.errors import LabelsRefusedError

CAT_DOG = ("tabby cat", "dog, a pug")


@pytest.mark.parametrize(
    "text",
    [
        "tabby cat\ndog, a pug",
        "\ufefftabby cat\r\ndog, a pug\r\n\r\n\n",
        "  tabby cat \n dog, a pug",
        "0 tabby cat\n1 dog, a pug\n",
        "0: tabby cat\n1: dog, a pug\n",
        "1\ttabby cat\n2\tdog, a pug\n",
        "1: dog, a pug\n0: tabby cat\n",
        "n02123045 tabby cat\nn02110958 dog, a pug\n",
        '["tabby cat", "dog, a pug"]',
        '{"0": "tabby cat", "1": "dog, a pug"}',
        '{"1": "dog, a pug", "0": "tabby cat"}',
        '{"tabby cat": 0, "dog, a pug": 1}',
        '{"0": ["n02123045", "tabby cat"], "1": ["n02110958", "dog, a pug"]}',
        '{"model_type": "x", "id2label": {"0": "tabby cat", "1": "dog, a pug"}}',
        '{"num_classes": 2, "label_names": ["tabby cat", "dog, a pug"]}',
        'index,name\n0,tabby cat\n1,"dog, a pug"\n',
        '0,tabby cat\n1,"dog, a pug"\n',
        '1;tabby cat\n2;"dog, a pug"\n',
        'name,index\ntabby cat,0\n"dog, a pug",1\n',
    ],
)
def test_names_of_classes_are_read(text):
    assert read_labels(text.encode(), "labels.txt") == CAT_DOG


def test_numbers_stay_where_they_are_the_names():
    assert read_labels(b"0\n1\n2\n", "digits.txt") == ("0", "1", "2")
    assert read_labels(b"7 up\n7 down\n", "a") == ("7 up", "7 down")
    assert read_labels(b"0 tench\nshark\n", "a") == ("0 tench", "shark")
    assert read_labels("Müller\n猫\n".encode(), "a") == ("Müller", "猫")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"[]", "empty"),
        (b"a\n\nb", "class 1 nothing"),
        (b"a\x1bb\nc", "characters that cannot be shown"),
        (b"\xff\xfea\0", "UTF-8"),
        (b"a" * 301, "301 characters"),
        (b"a\n" * 524_289, "1,048,578 bytes"),
        (b"a\n" * 100_001, "100,001 classes"),
        (b"[1, 2]", "no text"),
        (b'["a", null]', "class 1 None"),
        (b'["a"', "none"),
        (b"[" * 100_000, "none"),
        (b'{"0": "a", "2": "b"}', "leaves places out"),
        (b'{"a": 0, "b": 0}', "one place to two classes"),
        (b'{"0": "a", "0": "b"}', "one place to two classes"),
        (b'{"a": "b"}', "neither"),
        (b'{"a": true, "b": false}', "neither"),
        (b"0,a\n5,b\n", "leaves places out"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_names_no_classes_is_told(data, words):
    with pytest.raises(LabelsRefusedError, match=words) as caught:
        read_labels(data, "../../labels.txt")
    assert str(caught.value).startswith("labels.txt ")
    assert str(caught.value).isprintable()

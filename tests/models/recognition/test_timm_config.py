"""The configuration beside a timm model on the Hugging Face hub."""

import copy

import pytest

from models.catalogue.torchvision_registry import registry
from models.errors import ConfigurationRefusedError
from models.recognition.timm_config import from_timm_config

# As timm's `save_config_for_hf` writes it.
CONFIG = {
    "architecture": "resnet50",
    "num_classes": 3,
    "num_features": 2048,
    "global_pool": "avg",
    "label_names": ["n01", "n02", "n03"],
    "label_descriptions": {"n01": "tench", "n02": "goldfish"},
    "pretrained_cfg": {
        "tag": "a1_in1k",
        "custom_load": False,
        "input_size": [3, 224, 224],
        "fixed_input_size": False,
        "interpolation": "bicubic",
        "crop_pct": 0.95,
        "crop_mode": "center",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "num_classes": 1000,
        "pool_size": [7, 7],
        "first_conv": "conv1",
        "classifier": "fc",
    },
}


def changed(*, prepared=None, **fields):
    config = copy.deepcopy(CONFIG) | fields
    config["pretrained_cfg"] |= prepared or {}
    return {name: value for name, value in config.items() if value is not None}


def test_design_labels_and_preparation_come_along():
    model = from_timm_config(CONFIG)
    assert (model.design, model.classes, model.input_channels) == ("timm_resnet50", 3, 3)
    assert model.labels == ("tench", "goldfish", "n03")
    # timm resizes to floor(224 / 0.95) = 235.
    assert model.preparation.crop == 224
    assert model.preparation.as_card() == {
        "resize": 235,
        "interpolation": "bicubic",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "channel_order": "rgb",
    }


def test_classes_of_imagenet_have_their_names():
    model = from_timm_config(changed(num_classes=1000, label_names=None))
    assert model.labels == registry().labels
    other = changed(num_classes=1000, label_names=None, prepared={"tag": "a1_in12k"})
    assert from_timm_config(other).labels is None


def test_architecture_may_carry_the_tag_of_its_weights():
    model = from_timm_config(
        changed(architecture="convnext_tiny.fb_in22k", num_classes=0, label_names=None)
    )
    assert (model.design, model.classes, model.labels) == ("timm_convnext_tiny", 0, None)


def test_squashed_pictures_are_stretched():
    model = from_timm_config(changed(prepared={"crop_mode": "squash", "crop_pct": 1.0}))
    assert model.preparation.resize is None


def test_one_channel_is_prepared_with_one_mean():
    model = from_timm_config(changed(prepared={"input_size": [1, 96, 96]}))
    assert (model.input_channels, model.preparation.crop) == (1, 96)
    assert model.preparation.mean == (pytest.approx((0.485 + 0.456 + 0.406) / 3),)


def test_what_is_not_said_is_as_usual_for_the_design():
    model = from_timm_config({"architecture": "dm_nfnet_f0", "num_classes": 5})
    # timm's registry: 192 px, stretched, the usual scale of ImageNet.
    assert (model.preparation.crop, model.preparation.resize) == (192, None)
    assert model.preparation.mean == (0.485, 0.456, 0.406)


def test_transformers_wrapper_of_timm_is_timms():
    wrapped = changed(
        label_names=None,
        architectures=["TimmWrapperForImageClassification"],
        model_type="timm_wrapper",
        id2label={"0": "a", "1": "b", "2": "c"},
        model_args={"drop_rate": 0.2},
    )
    model = from_timm_config(wrapped)
    assert (model.design, model.labels) == ("timm_resnet50", ("a", "b", "c"))


def test_other_configurations_are_none_of_timms():
    assert from_timm_config({}) is None
    assert from_timm_config({"name": "best", "version": 1}) is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (
            {"architectures": ["ResNetForImageClassification"], "model_type": "resnet"},
            "library transformers",
        ),
        (changed(architecture="resnet5000"), "no design 'resnet5000'"),
        (changed(architecture=["resnet50"]), "architecture .* must be a text"),
        (changed(num_classes=-1), "num_classes .* whole number"),
        (changed(num_classes=10**12), "num_classes .* whole number"),
        (changed(num_classes=4), "3 label_names for 4 classes"),
        (changed(label_names="abc"), "label_names .* must be a list"),
        (changed(label_names=["a", 2, "c"]), "label_names .* must be a text"),
        (
            changed(label_names=None, id2label={"0": "a", "1": "b"}),
            "2 of id2label .* must be a text",
        ),
        (changed(model_args={"global_pool": "max"}), "arguments of its own"),
        (changed(prepared={"input_size": [3, 224, 192]}), "a square"),
        (changed(prepared={"input_size": [3, 10**9, 10**9]}), "input_size"),
        (changed(prepared={"crop_pct": 0}), "crop_pct"),
        (changed(prepared={"interpolation": "lanczos"}), "interpolation .* one of"),
        (changed(prepared={"std": [0, 1, 1]}), "greater than 0"),
        (changed(prepared={"mean": [0.5]}), "must be 3 numbers"),
    ],
)
def test_what_is_wrong_is_refused_in_words(config, words):
    with pytest.raises(ConfigurationRefusedError, match=words):
        from_timm_config(config)

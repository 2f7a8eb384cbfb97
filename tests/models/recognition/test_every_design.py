"""Every design of the index is recognised from the tensors that its own library makes."""

import pytest
from library_modules import library_build, shapes

from models.recognition.designs import open_design
from models.recognition.index import index
from models.recognition.measuring import shapes_of
from models.recognition.recognition import recognise

# At least one of each library and of each kind of classifier and of first layer.
SPREAD = [
    "resnet18",
    "googlenet",
    "googlenet_untransformed",
    "inception_v3",
    "densenet121",
    "regnet_y_400mf",
    "squeezenet1_1",
    "mobilenet_v3_small",
    "convnext_tiny",
    "mnasnet0_5",
    "shufflenet_v2_x0_5",
    "vgg11_bn",
    "lenet5",
    "softmax",
    "resnet8_32",
    "alexnet_paper",
    "googlenet_paper",
    "efficientnet_lite0",
    "timm_resnet50",
    "timm_efficientnet_lite0",
    "mobilenetv3_small_100",
    "eca_nfnet_l0",
    "hrnet_w18_small",
    "fastvit_t8",
    "repvgg_a0",
    "levit_128",
    "mobilevit_s",
    "tresnet_m",
    "res2net50_14w_8s",
    "inception_next_tiny",
    "coatnet_0_rw_224",
]

# Encoders of language models, which end in features.
WITHOUT_CLASSES = {"gemma4_vit_167m_enc", "gemma4_vit_570m_enc", "mobilenetv5_300m_enc"}

EVERY = [
    pytest.param(name, marks=[] if name in SPREAD else [pytest.mark.full])
    for name in index().designs
]


def test_spread_is_of_the_index():
    assert set(SPREAD) <= index().designs.keys()


@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize("name", EVERY)
def test_design_is_found_with_seven_classes_and_built_as_it_is(name, channels):
    design = open_design(name)
    if design.channels not in (None, channels):
        with pytest.raises(ValueError, match=f"takes {design.channels} input channels"):
            design.build(7, channels)
        return
    expected = shapes_of(library_build(design, 7, channels))
    found = recognise(expected)
    classes = 0 if name in WITHOUT_CLASSES else 7
    assert name in [candidate.design for candidate in found]
    for candidate in found:
        assert candidate.is_complete
        assert (candidate.classes, candidate.input_channels) == (classes, channels)
        assert candidate.matched == len(expected)
    assert shapes_of(design.build(7, channels)) == expected


@pytest.mark.parametrize("name", EVERY)
def test_design_without_its_classifier_is_found_and_built(name):
    design = open_design(name)
    head = index().signature(name).head
    channels = design.channels or 3
    if head is None:
        with pytest.raises(ValueError, match="cannot be built without its classifier"):
            design.build(0, channels)
        return
    expected = shapes_of(library_build(design, 7, channels))
    headless = {tensor: shape for tensor, shape in expected.items() if tensor not in head}
    counters = {f"{tensor.removesuffix('running_mean')}num_batches_tracked" for tensor in head}
    headless = {tensor: shape for tensor, shape in headless.items() if tensor not in counters}
    assert shapes_of(design.build(0, channels)) == headless
    found = recognise(headless)
    assert name in [candidate.design for candidate in found]
    assert all(candidate.is_complete and candidate.classes == 0 for candidate in found)


@pytest.mark.parametrize("name", ["resnet18", "regnet_y_400mf", "timm_resnet18", "levit_128"])
def test_shapes_without_memory_are_those_of_the_network_itself(name):
    build = library_build(open_design(name), 7, 3)
    module = build()
    assert not any(tensor.is_meta for tensor in module.state_dict().values())
    assert shapes_of(build) == shapes(module)

"""What becomes of a file's tensors: prefixes, wrappers, heads, near misses, nothing in common."""

import re
import subprocess
import sys

import pytest
import torch
from library_modules import shapes
from torch import nn

from models import torchvision_operators  # noqa: F401  must precede torchvision
from models.recognition.designs import open_design
from models.recognition.recognition import recognise, renamed
from models.recognition.telling import difference
from models.weights.construction import build_filled

import timm  # isort: skip  (after the operators above)
import torchvision.models as library  # isort: skip

PREFIXES = [
    "module.",
    "_orig_mod.",
    "model.",
    "net.",
    "backbone.",
    "encoder.",
    "student.",
    "teacher.",
    "ema_model.",
    "module.model.",
    "_orig_mod.module.",
    "module.student.backbone.",
    "network.0.",
    "some_name_of_theirs.",
]


def under(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def summary(candidate):
    return candidate.design, candidate.classes, candidate.input_channels, candidate.is_complete


def test_fine_tuned_network_of_the_engineer_is_a_tie_of_two_libraries():
    tensors = under("module.", shapes(library.resnet34(num_classes=7)))
    first, second = recognise(tensors)
    # 36 convolutions, 5 tensors a normalisation, and the classifier's 2.
    assert first.matched == 36 + 36 * 5 + 2 == 218
    assert (first.title, first.library, first.prefix) == ("ResNet-34", "torchvision", "module.")
    assert summary(first) == ("resnet34", 7, 3, True)
    assert summary(second) == ("timm_resnet34", 7, 3, True)
    assert difference(first) == "ResNet-34 of torchvision, 7 classes: all 218 tensors are there."


@pytest.mark.parametrize("prefix", PREFIXES)
def test_leading_paths_are_taken_off_and_the_tensors_renamed(resnet18_shapes, prefix):
    tensors = under(prefix, resnet18_shapes)
    first = recognise(tensors)[0]
    assert summary(first) == ("resnet18", 7, 3, True)
    assert first.prefix == prefix
    assert renamed(tensors, first) == resnet18_shapes


def test_what_lies_beside_a_whole_network_is_left_aside(resnet18_shapes):
    beside = {"criterion.weight": (7,), "metrics.confusion": (7, 7), "loss_scale": ()}
    first = recognise({**beside, **under("model.", resnet18_shapes)})[0]
    assert summary(first) == ("resnet18", 7, 3, True)
    assert sorted(first.left_aside) == sorted(beside)
    assert renamed({**beside, **under("model.", resnet18_shapes)}, first) == resnet18_shapes
    assert difference(first) == (
        "ResNet-18 of torchvision, 7 classes: all 122 tensors are there; criterion.weight, "
        "metrics.confusion and loss_scale are not needed."
    )


def test_student_and_teacher_are_a_choice(resnet18_shapes):
    both = {**under("student.", resnet18_shapes), **under("teacher.", resnet18_shapes)}
    found = {(each.design, each.prefix) for each in recognise(both) if each.is_complete}
    assert {("resnet18", "student."), ("resnet18", "teacher.")} <= found


def test_counters_of_batches_may_be_missing(resnet18_shapes):
    tensors = {name: shape for name, shape in resnet18_shapes.items() if "num_batches" not in name}
    first = recognise(tensors)[0]
    assert summary(first) == ("resnet18", 7, 3, True)
    assert first.matched == 122 - 20  # a counter for each of the 20 normalisations


def test_a_tensor_of_the_person_is_no_part_of_the_network(resnet18_shapes):
    first = recognise({**resnet18_shapes, "temperature": (1,)})[0]
    assert (first.design, first.missing, first.unexpected) == ("resnet18", (), ("temperature",))
    assert not first.is_complete


def test_counts_of_a_profiler_do_not_matter(resnet18_shapes):
    counts = {"total_ops": (1,), "layer1.total_params": (1,)}
    first = recognise({**resnet18_shapes, **counts})[0]
    assert summary(first) == ("resnet18", 7, 3, True)
    assert set(first.left_aside) == set(counts)


def test_old_densenet_names_are_read():
    module = library.densenet121(num_classes=7)
    dotted = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name): tensor
        for name, tensor in module.state_dict().items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in dotted
    first = recognise({name: tuple(tensor.shape) for name, tensor in dotted.items()})[0]
    assert summary(first) == ("densenet121", 7, 3, True)
    built = build_filled(open_design("densenet121").build(7, 3), renamed(dotted, first))
    assert shapes(built) == shapes(module)


@pytest.mark.parametrize(
    ("name", "heads"), [("googlenet", ("aux1.", "aux2.")), ("inception_v3", ("AuxLogits.",))]
)
def test_auxiliary_heads_may_be_there(name, heads):
    tensors = shapes(library.get_model(name, num_classes=7, init_weights=False))
    auxiliary = [tensor for tensor in tensors if tensor.startswith(heads)]
    assert auxiliary
    candidates = recognise(tensors)
    # Whether the input is put on another scale first, no tensor tells.
    assert [each.design for each in candidates][:2] == [name, f"{name}_untransformed"]
    for candidate in candidates:
        assert candidate.is_complete
        assert list(candidate.left_aside) == auxiliary
        assert candidate.matched == len(tensors) - len(auxiliary)
    without = {tensor: shape for tensor, shape in tensors.items() if tensor not in auxiliary}
    assert renamed(tensors, candidates[0]) == without
    assert [each.is_complete for each in recognise(without)] == [True] * len(candidates)


def test_classifier_in_a_sequence_is_a_near_miss():
    module = library.resnet18()
    module.fc = nn.Sequential(nn.Dropout(), nn.Linear(512, 7))
    first = recognise(shapes(module))[0]
    assert (first.design, first.missing) == ("resnet18", ("fc.weight", "fc.bias"))
    assert first.unexpected == ("fc.1.weight", "fc.1.bias")
    assert difference(first) == (
        "ResNet-18 of torchvision: 120 of 122 tensors; fc.weight and fc.bias are missing and "
        "fc.1.weight and fc.1.bias are left over."
    )


def test_backbone_with_a_head_beside_it_is_not_told_as_the_backbone_alone(resnet18_shapes):
    backbone = {name: shape for name, shape in resnet18_shapes.items() if "fc." not in name}
    alone = recognise(under("backbone.", backbone))[0]
    assert summary(alone) == ("resnet18", 0, 3, True)
    headed = {**under("backbone.", backbone), "head.weight": (7, 512), "head.bias": (7,)}
    first = recognise(headed)[0]
    assert (first.design, first.missing) == ("resnet18", ("fc.weight", "fc.bias"))
    assert first.unexpected == ("head.weight", "head.bias")


def test_another_depth_has_its_nearest_designs_told(resnet18_shapes):
    tensors = {name: shape for name, shape in resnet18_shapes.items() if "layer4.1" not in name}
    near = recognise(tensors, most=3)
    assert len(near) == 3
    assert near[0].design == "resnet18"
    assert all(name.startswith("layer4.1.") for name in near[0].missing)
    assert near[0].unexpected == ()
    assert [each.likeness for each in near] == sorted(
        (each.likeness for each in near), reverse=True
    )


def test_other_widths_are_told_as_shapes():
    tensors = shapes(library.ResNet(library.resnet.BasicBlock, [2, 2, 2, 2], 7, width_per_group=64))
    tensors["layer4.1.conv2.weight"] = (500, 512, 3, 3)
    first = recognise(tensors)[0]
    assert first.missing == first.unexpected == ("layer4.1.conv2.weight",)
    assert difference(first) == (
        "ResNet-18 of torchvision: 121 of 122 tensors; layer4.1.conv2.weight has another shape."
    )


def test_long_lists_of_names_are_counted_in_words(resnet18_shapes):
    tensors = {name: shape for name, shape in resnet18_shapes.items() if "layer4.1" not in name}
    # Two convolutions and two normalisations are missing: 2 + 2 * 5.
    assert difference(recognise(tensors)[0]) == (
        "ResNet-18 of torchvision: 110 of 122 tensors; layer4.1.conv1.weight, layer4.1.bn1.weight, "
        "layer4.1.bn1.bias and 9 more are missing."
    )


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"weight": (3, 3), "": (), ".": (1,), "..": (2,)},
        {
            f"model.layers.{layer}.{part}.weight": (4096, 4096)
            for layer in range(32)
            for part in ("self_attn.q_proj", "self_attn.o_proj", "mlp.up_proj", "input_layernorm")
        },
        {f"state.{number}.exp_avg": (64, 64, 3, 3) for number in range(100)},
    ],
    ids=["nothing", "odd names", "language model", "optimiser"],
)
def test_what_has_nothing_in_common_has_no_candidates(tensors):
    assert recognise(tensors) == ()


@pytest.mark.parametrize(
    ("name", "build", "channels"),
    [
        ("googlenet_untransformed", lambda: library.googlenet(num_classes=7, aux_logits=False), 3),
        ("squeezenet1_1", lambda: library.squeezenet1_1(num_classes=7), 3),
        ("mobilenet_v3_small", lambda: library.mobilenet_v3_small(num_classes=7), 3),
        ("resnet18d", lambda: timm.create_model("resnet18d", num_classes=7, in_chans=1), 1),
        ("levit_128", lambda: timm.create_model("levit_128", num_classes=7), 3),
        ("edgenext_xx_small", lambda: timm.create_model("edgenext_xx_small", num_classes=7), 3),
        ("timm_resnet18", lambda: timm.create_model("resnet18", num_classes=0), 3),
    ],
)
@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet:FutureWarning")
def test_network_built_for_the_tensors_computes_what_the_persons_own_does(name, build, channels):
    torch.manual_seed(0)
    own = build().eval()
    tensors = {f"module.{tensor}": value for tensor, value in own.state_dict().items()}
    found = recognise({tensor: tuple(value.shape) for tensor, value in tensors.items()})
    [candidate] = [each for each in found if each.design == name]
    design = open_design(name)
    module = build_filled(
        design.build(candidate.classes, candidate.input_channels), renamed(tensors, candidate)
    ).eval()
    pictures = torch.rand(2, channels, 224, 224)
    with torch.inference_mode():
        assert torch.equal(module(pictures), own(pictures))


def test_networks_without_classifier_return_their_features():
    own = library.squeezenet1_1()
    own.classifier[1] = nn.Identity()
    own.eval()
    first = recognise(shapes(own))[0]
    assert summary(first) == ("squeezenet1_1", 0, 3, True)
    module = build_filled(open_design("squeezenet1_1").build(0, 3), dict(own.state_dict())).eval()
    pictures = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert module(pictures).shape == (1, 512)
        assert torch.equal(module(pictures), own(pictures))


def test_recognising_imports_neither_torch_nor_a_library():
    script = (
        "import sys\n"
        "from models.recognition.recognition import recognise\n"
        "recognise({'conv1.weight': (64, 3, 7, 7)})\n"
        "print(sorted({'torch', 'torchvision', 'timm'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_opening_torchvisions_design_imports_no_timm():
    script = (
        "import sys\n"
        "from models.recognition.designs import open_design\n"
        "design = open_design('resnet18')\n"
        "assert design.title == 'ResNet-18', design.title\n"
        "build = design.build(7, 1)\n"
        "assert 'torchvision' not in sys.modules\n"
        "module = build()\n"
        "assert module.conv1.in_channels == 1\n"
        "print('timm' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

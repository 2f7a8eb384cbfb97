"""Moved inputs, against numpy."""

import io

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import nn

from app.inspection.fields.receptive_field import field_table
from app.inspection.graph.layer_graph import LayerGraph
from app.inspection.tracing.tracing import trace
from app.inspection.what_if.equivariance import Equivariance, Rectangle, equivariance
from app.inspection.what_if.shifts import Shift, shift_accuracies, shifted
from models.data.dataset import LabelledPictures
from models.data.packaged_digits import mnist5k
from models.disk.trained import TRAINED_DIRECTORY
from models.preprocessing.preprocessing import DigitPreprocessing


@pytest.mark.parametrize("shift", [Shift(0, 0), Shift(2, 0), Shift(-1, 3), Shift(-4, -5)])
def test_a_move_is_numpys_in_a_wide_frame(shift: Shift) -> None:
    pictures = torch.randn(2, 3, 6, 5, generator=torch.Generator().manual_seed(0))
    background = (1.0, -2.0, 0.5)
    framed = np.stack(
        [
            np.pad(pictures[:, channel].numpy(), ((0, 0), (6, 6), (6, 6)), constant_values=value)
            for channel, value in enumerate(background)
        ],
        axis=1,
    )
    expected = np.roll(framed, (shift.down, shift.right), (2, 3))[:, :, 6:12, 6:11]
    assert np.array_equal(shifted(pictures, shift, background).numpy(), expected)


def moved_digits(right: int) -> tuple[np.ndarray, np.ndarray]:
    """The held-out digits, (1000, 784), moved by numpy."""
    held_out = mnist5k().held_out
    pictures = held_out.pictures[:, 0].numpy().astype(np.float64)
    moved = np.zeros_like(pictures)
    moved[:, :, right:] = pictures[:, :, : 28 - right]
    return moved.reshape(len(moved), -1), held_out.labels.numpy()


def network(name: str) -> tuple[nn.Module, DigitPreprocessing]:
    from safetensors.torch import load_file as load_tensors

    from models.training.recipes import RECIPES

    recipe = RECIPES[name]
    module = recipe.build().eval()
    module.load_state_dict(load_tensors(TRAINED_DIRECTORY / f"{name}.mnist5k.safetensors"))
    assert isinstance(recipe.preprocessing, DigitPreprocessing)
    return module, recipe.preprocessing


def graph_of(name: str) -> tuple[LayerGraph, DigitPreprocessing]:
    module, preprocessing = network(name)
    return trace(module, preprocessing.input_shape), preprocessing


def test_accuracies_of_dense_networks_are_those_of_matrix_products() -> None:
    """In float64 with numpy alone, from the weight files."""
    shifts = [Shift(right, 0) for right in range(5)]
    for name in ("softmax", "mlp"):
        weights = load_file(TRAINED_DIRECTORY / f"{name}.mnist5k.safetensors")
        matrices = [value for key, value in weights.items() if key.endswith("weight")]
        biases = [value for key, value in weights.items() if key.endswith("bias")]
        expected = []
        for right in range(5):
            values, labels = moved_digits(right)
            for number, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
                values = values @ matrix.T.astype(np.float64) + bias
                if number < len(matrices) - 1:
                    values = np.maximum(values, 0)
            expected.append(int((values.argmax(1) == labels).sum()))
        graph, preprocessing = graph_of(name)
        found = shift_accuracies(graph, preprocessing, mnist5k().held_out, shifts)
        assert found.correct == tuple(expected), name
        assert found.digits == 1000


def test_progress_tells_the_shifts_that_are_done_and_may_end_it() -> None:
    graph, preprocessing = graph_of("softmax")
    held_out = mnist5k().held_out
    few = LabelledPictures(held_out.pictures[:250], held_out.labels[:250])
    told = []

    def follow(done: int, total: int, preview: object = None) -> None:
        told.append((done, total, preview))
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shift_accuracies(graph, preprocessing, few, [Shift(0, 0), Shift(1, 0)], follow)
    assert [done for done, _, _ in told] == [1, 2, 3, 4, 5]
    assert {total for _, total, _ in told} == {6}
    assert [len(preview) for _, _, preview in told] == [0, 0, 1, 1, 1]


class Convolved(nn.Module):
    """One convolution of 3 x 3 at stride 2 with padding 1, then one of 3 x 3 at stride 1."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        self.second = nn.Conv2d(2, 3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x))


@pytest.fixture(scope="module")
def convolved() -> tuple[Convolved, LayerGraph]:
    module = Convolved().eval()
    return module, trace(module, (1, 16, 16))


def compare(
    convolved: tuple[Convolved, LayerGraph], layer: str, shift: Shift
) -> tuple[Equivariance, torch.Tensor]:
    graph = convolved[1]
    picture = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    field = field_table(graph)[layer].local
    assert field is not None
    return (
        equivariance(graph, picture, layer, field, shift=shift, background=[0.5]),
        picture,
    )


def test_maps_move_with_the_picture_by_the_shift_over_the_stride(convolved) -> None:
    """By hand: unit i of the first layer sees pixels 2i - 1 to 2i + 1 of 0 to 15.

    After a shift of 4, places 2 to 7 have a value to compare, and 2i - 1 >= 4 holds from 3 on, as
    does 2(i - 2) - 1 >= 0.
    """
    found, picture = compare(convolved, "first", Shift(right=4, down=0))
    assert found.steps == (0, 2)
    assert found.is_multiple
    assert found.overlap == Rectangle(0, 2, 8, 8)
    assert found.inside == Rectangle(1, 3, 8, 8)
    assert found.largest_difference(found.inside) < 1e-6
    assert found.largest_difference(found.overlap) > 0.1
    with torch.no_grad():
        before = convolved[0].first(picture)[0]
    assert torch.allclose(found.moved[:, :, 2:], before[:, :, :6])
    assert (found.moved[:, :, :2] == 0).all()


def test_a_shift_that_is_no_multiple_of_the_stride_makes_other_maps(convolved) -> None:
    found, _ = compare(convolved, "first", Shift(right=3, down=-1))
    assert not found.is_multiple
    # 1.5 and -0.5, rounded half up.
    assert found.steps == (0, 2)
    assert found.largest_difference(found.inside) > 0.1


def test_two_layers_have_the_field_of_both(convolved) -> None:
    """By hand: unit i of the second layer sees 2i - 1 to 2i + 5; of 0 to 5, up by 2 px is 1 row."""
    found, _ = compare(convolved, "second", Shift(right=0, down=-2))
    assert found.steps == (-1, 0)
    assert found.overlap == Rectangle(0, 0, 5, 6)
    # Rows i with 2i - 1 >= 0 and 2i + 5 <= 13; columns with 2i - 1 >= 0 and 2i + 5 <= 15.
    assert found.inside == Rectangle(1, 1, 5, 6)
    assert found.largest_difference(found.inside) < 1e-6


def test_of_a_shift_beyond_the_map_nothing_is_left_to_compare(convolved) -> None:
    found, _ = compare(convolved, "second", Shift(right=15, down=0))
    assert found.overlap.units == 0
    assert found.inside.units == 0
    assert found.largest_difference(found.overlap) is None


def test_the_form_of_8_bits_has_both_maps_on_one_scale_and_their_difference(convolved) -> None:
    found, _ = compare(convolved, "first", Shift(right=4, down=0))
    data = io.BytesIO(found.encoded(1, {"layer": "first"}))
    assert data.read(4) == b"CVU8"
    header = int.from_bytes(data.read(4), "little")
    data.read(header)
    minimum, maximum = np.frombuffer(data.read(24), "<f4").reshape(2, 3)
    codes = np.frombuffer(data.read(), np.uint8).reshape(3, 8, 8)
    step = (maximum - minimum) / 255
    values = minimum[:, None, None] + codes * step[:, None, None]
    assert minimum[0] == minimum[1]
    assert maximum[0] == maximum[1]
    difference = (found.after - found.moved)[1].numpy().copy()
    difference[:, :2] = 0
    for map_, expected, size in zip(
        values, (found.moved[1].numpy(), found.after[1].numpy(), difference), step, strict=True
    ):
        assert np.abs(map_ - expected).max() <= size * 0.51

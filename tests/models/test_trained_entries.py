"""What was trained here opens like any other model, and is what its record says."""

import hashlib
import json

import pytest
import torch
from PIL import Image

from app.inspection.activations.loading import load_model
from app.inspection.activations.prediction import predict
from models.catalogue.catalogue import catalogue
from models.catalogue.trained_entries import COLOUR_RECORD, entry_from_record, preprocessing_of
from models.data.datasets import load_dataset
from models.disk.trained import TRAINED_DIRECTORY
from models.training import command as training
from models.training.recipes import RECIPES, Jitter, fitted
from models.training.record import measure
from models.weights.loading import load
from models.weights.locations import WeightsLocations

COLOUR = "alexnet_32_colour.photographs"


@pytest.fixture
def locations(tmp_path):
    return WeightsLocations(cache_directory=tmp_path)


def test_shipped_files_are_small():
    sizes = [path.stat().st_size for path in TRAINED_DIRECTORY.glob("*.safetensors")]
    assert len(sizes) == 11
    assert max(sizes) < 1_500_000
    assert sum(sizes) < 8_000_000


def test_every_design_of_the_notes_has_learned_weights_that_need_no_network():
    trained = [entry for entry in catalogue() if entry.origin == "trained_here"]
    families = {entry.architecture.family for entry in trained}
    assert families == {
        *("Linear", "LeNet", "AlexNet", "ZF Net", "VGG", "Inception", "ResNet"),
        *("Dilated", "MobileNet"),
    }
    for entry in trained:
        assert entry.weights.path.is_file(), entry.id
        assert "held-out" in entry.metrics, entry.id


@pytest.mark.parametrize(
    "entry",
    [entry for entry in catalogue() if entry.origin == "trained_here"],
    ids=lambda entry: entry.id,
)
def test_trained_network_opens_from_the_catalogue_and_answers(entry, locations):
    model = load_model(entry, locations)
    count = sum(parameter.numel() for parameter in model.module.parameters())
    assert count == entry.architecture.parameters
    prediction = predict(model, Image.new("RGB", (50, 40), (90, 120, 30)))
    assert prediction.logits.shape == (len(entry.labels),)


def test_colour_network_is_as_accurate_as_its_record_says_on_regions_it_never_saw(locations):
    record = json.loads(COLOUR_RECORD.read_text())
    contents = COLOUR_RECORD.with_suffix(".safetensors").read_bytes()
    assert hashlib.sha256(contents).hexdigest() == record["weights_sha256"]
    data = load_dataset("photographs")
    assert data.fingerprint() == record["data"]["sha256"]
    entry = catalogue().resolve(COLOUR)
    assert list(entry.labels) == list(data.class_names) == record["class_names"]
    recipe = RECIPES["alexnet_32_colour"].for_data(data)
    assert entry.preprocessing == recipe.preprocessing
    assert (record["epochs"], record["optimiser"]["weight_decay"]) == (
        recipe.epochs,
        recipe.weight_decay,
    )
    assert Jitter(**record["jitter"]) == recipe.jitter
    _, confusion = measure(load(entry, locations), recipe, data.held_out)
    assert confusion.tolist() == record["confusion"]
    accuracy = confusion.trace().item() / len(data.held_out)
    assert accuracy == record["held_out_accuracy"] > 0.75


def test_colour_network_has_templates_and_its_untrained_twin_has_noise(locations):
    def neighbour_correlation(model_id):
        """Between kernel values one pixel apart, each kernel and colour less its mean."""
        kernels = load(catalogue().resolve(model_id), locations).conv1.weight
        kernels = kernels - kernels.mean((2, 3), keepdim=True)
        products = (kernels[..., 1:] * kernels[..., :-1]).mean()
        return (products / kernels.square().mean()).item()

    assert neighbour_correlation("alexnet_32_colour.random") < 0.1
    assert neighbour_correlation(COLOUR) > 0.4


@pytest.mark.usefixtures("private_cache")
def test_own_training_opens_from_its_record(two_class_folder, tmp_path, locations):
    arguments = ["mlp", "--data", f"folder:{two_class_folder}", "--epochs", "20"]
    assert training.main([*arguments, "--batch-size", "8", "--output", str(tmp_path)]) == 0
    record_path = tmp_path / "mlp.folder_halves.json"
    entry = entry_from_record(record_path, name="mlp_mine", tag="halves", origin="custom")
    assert entry.id == "mlp_mine.halves"
    assert entry.architecture.classes == 2
    assert entry.architecture.input_shape == (3, 28, 28)
    assert entry.metrics == "100.0% of 8 held-out pictures"
    model = load_model(entry, locations)
    for label in ("above", "below"):
        with Image.open(two_class_folder / label / "3.png") as picture:
            prediction = predict(model, picture.convert("RGB"))
        assert entry.labels[int(prediction.logits.argmax())] == label


def test_file_that_is_no_record_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"architecture": "mlp"}')
    with pytest.raises(ValueError, match="not the record"):
        entry_from_record(tmp_path / "a.json", name="a", tag="b", origin="custom")


def test_records_from_before_there_were_photographs_describe_digits():
    recorded = {"size": 32, "mean": 0.1, "std": 0.5}
    assert preprocessing_of(recorded).describe()["input_kind"] == "digit"


def test_photographs_are_scaled_by_their_own_mean_and_deviation():
    data = load_dataset("photographs")
    recipe = RECIPES["lenet5"].for_data(data)
    prepared = recipe.prepare(data.training.pictures)
    torch.testing.assert_close(prepared.mean((0, 2, 3)), torch.zeros(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(prepared.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_pictures_larger_than_the_network_s_input_are_reduced_and_smaller_ones_are_not():
    pictures = torch.rand(2, 3, 32, 32)
    assert fitted(pictures, 32) is pictures
    assert fitted(pictures, 40) is pictures
    small = fitted(pictures, 16)
    assert small.shape == (2, 3, 16, 16)
    # Light is kept.
    torch.testing.assert_close(small.mean((2, 3)), pictures.mean((2, 3)), atol=0.02, rtol=0)

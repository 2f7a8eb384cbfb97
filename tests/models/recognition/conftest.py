"""Networks made by their libraries alone, for what recognition is asked about."""

import pytest
from library_modules import shapes

from models import torchvision_operators  # noqa: F401  must precede torchvision

import torchvision.models  # isort: skip  (after the operators above)


@pytest.fixture(scope="session")
def resnet18_shapes():
    """Of torchvision's ResNet-18 with 7 classes, by name."""
    return shapes(torchvision.models.resnet18(num_classes=7))

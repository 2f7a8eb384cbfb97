#!/usr/bin/env python3
"""Writes models/catalogue/torchvision_registry.json from the registry of the installed torchvision.

Run: `make registry`. A test holds the file current.
"""

import dataclasses
import json
import sys
from typing import Any

from models import torchvision_operators as _operators  # noqa: F401  must precede torchvision
from models.catalogue.torchvision_registry import REGISTRY_PATH, RegisteredWeights

import torchvision.models  # isort: skip  (after the operators above)

# Attention instead of convolution: outside what Convscope looks into.
TRANSFORMERS = ("maxvit", "swin", "vit")


def names() -> list[str]:
    """The names of torchvision's classification networks that are not transformers."""
    return [
        name
        for name in torchvision.models.list_models(module=torchvision.models)
        if not name.startswith(TRANSFORMERS)
    ]


def labels() -> list[str]:
    """The classes of ImageNet-1k, in the order of the logits."""
    return list(torchvision.models.AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def weights_of(name: str) -> list[dict[str, Any]]:
    """What a network has published for ImageNet-1k, the default first."""
    published = torchvision.models.get_model_weights(name)
    # vgg16 also publishes a backbone for detection, which classifies nothing.
    classifying = [weights for weights in published if weights.meta["categories"] is not None]
    for weights in classifying:
        if weights.meta["categories"] != labels():
            raise ValueError(f"{name} {weights.name} has other classes than ImageNet-1k.")
    classifying.sort(key=lambda weights: weights is not published.DEFAULT)
    return [_described(weights) for weights in classifying]


def _described(weights: Any) -> dict[str, Any]:
    preset = weights.transforms()
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]
    return dataclasses.asdict(
        RegisteredWeights(
            name=weights.name,
            url=weights.url,
            parameters=weights.meta["num_params"],
            megabytes=weights.meta["_file_size"],
            top1=accuracy["acc@1"],
            top5=accuracy["acc@5"],
            has_own_licence="license" in weights.meta,
            resize=preset.resize_size[0],
            crop=preset.crop_size[0],
            interpolation=preset.interpolation.value,
            mean=tuple(preset.mean),
            std=tuple(preset.std),
        )
    )


def written() -> str:
    """The whole file."""
    document = {
        "source": f"torchvision {torchvision.__version__.partition('+')[0]}, torchvision.models",
        "labels": labels(),
        "networks": {name: weights_of(name) for name in names()},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file."""
    REGISTRY_PATH.write_text(written(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

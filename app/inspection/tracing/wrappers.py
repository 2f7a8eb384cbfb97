"""What torch puts around a network without changing what it computes."""

from torch import nn

_WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def without_wrappers(module: nn.Module) -> nn.Module:
    """The network inside of `DataParallel` and `torch.compile`; otherwise the module itself."""
    while True:
        if isinstance(module, _WRAPPERS):
            module = module.module
        elif isinstance(inner := getattr(module, "_orig_mod", None), nn.Module):
            module = inner
        else:
            return module

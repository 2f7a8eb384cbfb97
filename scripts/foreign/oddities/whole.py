"""Whole designs for other tasks than naming what is seen."""

import torch
from torch import nn
from torch.nn import functional


def _conv(before: int, after: int, kernel: int = 3, **settings: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=False, **settings),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """Ronneberger, Fischer and Brox 2015."""

    def __init__(self, up: str = "transposed") -> None:
        super().__init__()
        self.down1, self.down2, self.down3 = _conv(3, 8), _conv(8, 16), _conv(16, 32)
        self.pool = nn.MaxPool2d(2)
        makers = {
            "transposed": lambda before, after: nn.ConvTranspose2d(before, after, 2, 2),
            "bilinear": lambda before, after: nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
                nn.Conv2d(before, after, 1),
            ),
        }
        self.up2, self.up1 = makers[up](32, 16), makers[up](16, 8)
        self.join2, self.join1 = _conv(32, 16), _conv(16, 8)
        self.head = nn.Conv2d(8, 4, 1)

    @staticmethod
    def _beside(skip: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        rows, columns = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
        sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return torch.cat([skip, functional.pad(x, sides)], 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.down3(self.pool(second))
        x = self.join2(self._beside(second, self.up2(x)))
        x = self.join1(self._beside(first, self.up1(x)))
        return self.head(x)


class AttentionUNet(UNet):
    """Oktay et al. 2018: gates on the skips."""

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.asked, self.gate = (
            nn.Conv2d(8, 4, 1),
            nn.Conv2d(8, 4, 1),
            nn.Conv2d(4, 1, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.join2(self._beside(second, self.up2(self.down3(self.pool(second)))))
        asked = self.up1(x)
        gate = torch.sigmoid(self.gate(torch.relu(self.seen(first) + self.asked(asked))))
        return self.head(self.join1(torch.cat([first * gate, asked], 1)))


class SegNet(nn.Module):
    """Badrinarayanan, Kendall and Cipolla 2017: unpooling by remembered places."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = _conv(3, 8), _conv(8, 16)
        self.up2, self.up1 = _conv(16, 8), nn.Conv2d(8, 4, 3, padding=1)
        self.pool, self.unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, first = self.pool(self.down1(x))
        x, second = self.pool(self.down2(x))
        return self.up1(self.unpool(self.up2(self.unpool(x, second)), first))


class FeaturePyramid(nn.Module):
    """Lin et al. 2017; a dict of maps."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            [_conv(3, 8, stride=2), _conv(8, 16, stride=2), _conv(16, 32, stride=2)]
        )
        self.side = nn.ModuleList([nn.Conv2d(size, 8, 1) for size in (8, 16, 32)])
        self.smooth = nn.ModuleList([nn.Conv2d(8, 8, 3, padding=1) for _ in range(3)])

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        found = [self.side[2](levels[2])]
        for place in (1, 0):
            side = self.side[place](levels[place])
            found.insert(0, side + functional.interpolate(found[0], size=side.shape[-2:]))
        return {
            f"p{place}": smooth(one)
            for place, (smooth, one) in enumerate(zip(self.smooth, found, strict=True))
        }


class PyramidPooling(nn.Module):
    """PSPNet, Zhao et al. 2017."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 8, stride=2)
        self.bins = nn.ModuleList(
            [nn.Sequential(nn.AdaptiveAvgPool2d(size), nn.Conv2d(8, 2, 1)) for size in (1, 2, 3, 6)]
        )
        self.head = nn.Conv2d(16, 5, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[2:]
        x = self.stem(x)
        more = [
            functional.interpolate(one(x), x.shape[2:], mode="bilinear", align_corners=False)
            for one in self.bins
        ]
        x = self.head(torch.cat([x, *more], 1))
        return functional.interpolate(x, size, mode="bilinear", align_corners=False)


class Hourglass(nn.Module):
    """Newell, Yang and Deng 2016."""

    def __init__(self, depth: int = 3) -> None:
        super().__init__()
        self.side, self.down, self.up = _conv(8, 8), _conv(8, 8), _conv(8, 8)
        self.inner = Hourglass(depth - 1) if depth > 1 else _conv(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = self.up(self.inner(self.down(functional.max_pool2d(x, 2, 2))))
        return self.side(x) + functional.interpolate(low, scale_factor=2, mode="nearest")


class SoftArgmax(nn.Module):
    """Where each heat map has its centre of mass (integral pose regression, Sun et al. 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.glass, self.heat = _conv(3, 8, stride=2), Hourglass(2), nn.Conv2d(8, 5, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heat = self.heat(self.glass(self.stem(x)))
        batch, joints, height, width = heat.shape
        share = heat.flatten(2).softmax(-1).view(batch, joints, height, width)
        rows = (share.sum(3) * torch.arange(height)).sum(2)
        columns = (share.sum(2) * torch.arange(width)).sum(2)
        return torch.stack([rows, columns], -1)


class HardArgmax(nn.Module):
    """Post-processing that takes the largest place out of each heat map."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.heat = _conv(3, 8, stride=2), nn.Conv2d(8, 5, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        heat = self.heat(self.stem(x))
        best, place = heat.flatten(2).max(2)
        width = heat.shape[3]
        return torch.stack([place // width, place % width], -1).float(), best


class Autoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            _conv(3, 8, stride=2), _conv(8, 16, stride=2), nn.Flatten(), nn.Linear(1024, 10)
        )
        self.decode = nn.Sequential(
            nn.Linear(10, 1024),
            nn.Unflatten(1, (16, 8, 8)),
            nn.ConvTranspose2d(16, 8, 3, 2, 1, 1),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(8, 3, 4, 2, 1),
            nn.Tanh(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decode(self.encode(x))


class VariationalAutoencoder(Autoencoder):
    """Kingma and Welling 2014: draws only while it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.spread = nn.Linear(10, 10), nn.Linear(10, 10)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        code = self.encode(x)
        mean, spread = self.mean(code), self.spread(code)
        if self.training:
            mean = mean + torch.randn_like(mean) * (spread / 2).exp()
        return self.decode(mean), mean, spread


class Recogniser(nn.Module):
    """CRNN, Shi, Bai and Yao 2017: columns are time steps."""

    def __init__(self, *, time_first: bool = False) -> None:
        super().__init__()
        self.maps = nn.Sequential(_conv(1, 8), nn.MaxPool2d(2), _conv(8, 16), nn.MaxPool2d((4, 2)))
        self.read = nn.LSTM(64, 12, bidirectional=True, batch_first=not time_first)
        self.head = nn.Linear(24, 11)
        self.time_first = time_first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maps(x)
        channels, height = x.shape[1:3]
        x = x.permute(3, 0, 1, 2) if self.time_first else x.permute(0, 3, 1, 2)
        x = x.reshape(*x.shape[:2], channels * height)
        return self.head(self.read(x)[0]).log_softmax(-1)


class Siamese(nn.Module):
    """One network over two halves of a picture, and the distance of what it makes of them."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            _conv(3, 8), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 6)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left, right = x.chunk(2, 3)
        return functional.pairwise_distance(self.maps(left), self.maps(right), keepdim=True)


class Embedding(nn.Module):
    """A face network: a vector of length one, and cosines with classes."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(
            _conv(3, 8, stride=2), nn.Flatten(), nn.Linear(2048, 16), nn.BatchNorm1d(16)
        )
        self.classes = nn.Parameter(torch.randn(7, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 30 * functional.linear(
            functional.normalize(self.maps(x)), functional.normalize(self.classes)
        )


class SuperResolution(nn.Module):
    """ESPCN (Shi et al. 2016) with a global residue."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 5, padding=2), nn.PReLU(8), nn.Conv2d(8, 12, 3, padding=1)
        )
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shuffle(self.body(x)) + functional.interpolate(
            x, scale_factor=2, mode="bicubic"
        )


class StyleTransfer(nn.Module):
    """Johnson, Alahi and Fei-Fei 2016, with instance normalisation and mirrored borders."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(4),
            nn.Conv2d(3, 8, 9),
            nn.InstanceNorm2d(8, affine=True),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, 2, 1, padding_mode="reflect"),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(8, 3, 3, padding=1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.clamp(self.body(x), 0, 255)


class Detector(nn.Module):
    """A head of YOLO (Redmon and Farhadi 2018): boxes decoded on a grid."""

    def __init__(self) -> None:
        super().__init__()
        self.maps, self.head = _conv(3, 8, stride=4), nn.Conv2d(8, 2 * 7, 1)
        self.register_buffer("anchors", torch.tensor([[4.0, 6.0], [8.0, 5.0]]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.head(self.maps(x))
        batch, _, height, width = y.shape
        y = y.view(batch, 2, 7, height, width).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        grid = torch.stack([columns, rows], -1)[None, None]
        centre = (y[..., :2] * 2 - 0.5 + grid) * 4
        size = (y[..., 2:4] * 2) ** 2 * self.anchors.view(1, 2, 1, 1, 2)
        return torch.cat([centre, size, y[..., 4:]], -1).view(batch, -1, 7)


class Video(nn.Module):
    """A picture's channels taken for frames of a film (C3D, Tran et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 4, 3, padding=1)
        self.norm, self.pool = nn.BatchNorm3d(4), nn.MaxPool3d((1, 2, 2))
        self.head = nn.Linear(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.norm(self.conv(x[:, None]))))
        return self.head(functional.avg_pool3d(x, 2).mean((2, 3, 4)))


class SpatialTransformer(nn.Module):
    """Jaderberg et al. 2015."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(_conv(3, 4, stride=4), nn.Flatten(), nn.Linear(256, 6))
        self.conv = _conv(3, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        turn = self.look(x).view(-1, 2, 3) * 0.1 + torch.eye(2, 3)
        grid = functional.affine_grid(turn, list(x.shape), align_corners=False)
        return self.conv(functional.grid_sample(x, grid, align_corners=False)).mean((2, 3))


class Capsules(nn.Module):
    """Sabour, Frosst and Hinton 2017: squashed vectors, routed by agreement."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 9, 4)
        self.votes = nn.Parameter(torch.randn(1, 64, 3, 5, 4) * 0.1)

    @staticmethod
    def _squash(x: torch.Tensor) -> torch.Tensor:
        square = (x**2).sum(-1, keepdim=True)
        return square / (1 + square) * x / (square.sqrt() + 1e-8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x = self._squash(x.view(x.shape[0], -1, 4))[:, :64]
        votes = (self.votes @ x[:, :, None, :, None]).squeeze(-1)
        logits = torch.zeros(x.shape[0], 64, 3, 1)
        for _ in range(2):
            found = self._squash((logits.softmax(2) * votes).sum(1, keepdim=True))
            logits = logits + (votes * found).sum(-1, keepdim=True)
        return found.squeeze(1).norm(dim=-1)


class NetVlad(nn.Module):
    """Arandjelovic et al. 2016."""

    def __init__(self) -> None:
        super().__init__()
        self.maps, self.assign = _conv(3, 8, stride=2), nn.Conv2d(8, 4, 1)
        self.centres = nn.Parameter(torch.rand(4, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.normalize(self.maps(x), dim=1)
        share = self.assign(x).flatten(2).softmax(1)
        residue = x.flatten(2)[:, None] - self.centres[None, :, :, None]
        found = (residue * share[:, :, None]).sum(-1)
        return functional.normalize(functional.normalize(found, dim=2).flatten(1))


class Recurrent(nn.Module):
    """A convolutional LSTM (Shi et al. 2015) that looks at the same picture three times."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = nn.Conv2d(3 + 6, 4 * 6, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = x.new_zeros(x.shape[0], 6, *x.shape[2:])
        cell = torch.zeros_like(state)
        for _ in range(3):
            inner, forget, outer, new = self.gates(torch.cat([x, state], 1)).chunk(4, 1)
            cell = forget.sigmoid() * cell + inner.sigmoid() * new.tanh()
            state = outer.sigmoid() * cell.tanh()
        return state.mean((2, 3))


SHAPE = (3, 32, 32)
WHOLE = {
    "U-Net": (UNet, SHAPE),
    "U-Net, bilinear, odd sizes": (lambda: UNet("bilinear"), (3, 35, 37)),
    "attention U-Net": (AttentionUNet, SHAPE),
    "SegNet": (SegNet, SHAPE),
    "feature pyramid": (FeaturePyramid, SHAPE),
    "pyramid pooling": (PyramidPooling, SHAPE),
    "hourglass with soft argmax": (SoftArgmax, SHAPE),
    "heat maps with argmax": (HardArgmax, SHAPE),
    "autoencoder": (Autoencoder, SHAPE),
    "variational autoencoder": (VariationalAutoencoder, SHAPE),
    "CRNN": (Recogniser, (1, 32, 48)),
    "CRNN, time first": (lambda: Recogniser(time_first=True), (1, 32, 48)),
    "siamese halves": (Siamese, SHAPE),
    "embedding and cosines": (Embedding, SHAPE),
    "super-resolution": (SuperResolution, (3, 16, 16)),
    "style transfer": (StyleTransfer, SHAPE),
    "detector's grid": (Detector, SHAPE),
    "film": (Video, (8, 16, 16)),
    "spatial transformer": (SpatialTransformer, SHAPE),
    "capsules": (Capsules, SHAPE),
    "NetVLAD": (NetVlad, SHAPE),
    "convolutional LSTM": (Recurrent, (3, 16, 16)),
}

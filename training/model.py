"""The detector: dense 3×3 convolutions, linear attention at strides 16 and 32, a small pyramid.

Input: RGB, value / 255, 1×3×H×W with H and W multiples of 32. Output: one tensor a stride (8, 16,
32) of ten channels: six class logits, then the distances left, top, right, bottom from the cell's
centre, `exp(clamp(v, -4, 4.5)) * stride` pixels of the input.
"""
import torch
import torch.nn.functional as F
from torch import nn

NAMES = ["person", "bicycle", "car", "motorcycle", "bus", "truck"]
STRIDES = (8, 16, 32)

# Widths at strides 2 to 32 and of the pyramid, and residual blocks at strides 4 to 32.
ARCHITECTURES = {
    "base": dict(widths=(16, 32, 48, 80, 112), blocks=(1, 2, 3, 2), neck=(48, 64, 64), head=48),
    "tiny": dict(widths=(8, 8, 16, 16, 16), blocks=(0, 1, 1, 1), neck=(16, 16, 16), head=16),
}


class Conv(nn.Sequential):
    """Convolution, batch normalisation and, unless told otherwise, ReLU."""

    def __init__(self, inputs, outputs, size=3, stride=1, relu=True):
        layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
                  nn.BatchNorm2d(outputs)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if relu else []))


class Residual(nn.Module):
    """One dense 3×3 beside the identity."""

    def __init__(self, width):
        super().__init__()
        self.conv = Conv(width, width)

    def forward(self, x):
        return x + self.conv(x)


class LinearAttention(nn.Module):
    """ReLU attention whose cost grows linearly with the picture: `q (k'v / N)`, heads of 16.

    There is no division by data, so it quantises like a convolution; N is the number of cells and
    becomes a constant of an exported file, which therefore serves one size.
    """

    HEAD = 16

    def __init__(self, width):
        super().__init__()
        # Three convolutions and no split: fewer operators in the exported file.
        self.query, self.key, self.value = (Conv(width, width, 1, relu=False) for _ in range(3))
        self.project = Conv(width, width, 1, relu=False)

    def forward(self, x):
        batch, width, height, breadth = x.shape
        cells = height * breadth
        q, k, v = (layer(x).reshape(batch, width // self.HEAD, self.HEAD, cells)
                   for layer in (self.query, self.key, self.value))
        context = torch.matmul(v, F.relu(k).transpose(-1, -2)) * (1.0 / cells)
        return x + self.project(torch.matmul(context, F.relu(q)).reshape(x.shape))


class Head(nn.Module):
    """Class logits and side distances of one stride. No objectness: it could not be masked a class."""

    def __init__(self, inputs, width):
        super().__init__()
        self.trunk, self.classes, self.sides = Conv(inputs, width), Conv(width, 32), Conv(width, 32)
        self.logits, self.distances = nn.Conv2d(32, len(NAMES), 1), nn.Conv2d(32, 4, 1)
        nn.init.constant_(self.logits.bias, -4.6)  # a probability of one in a hundred
        nn.init.constant_(self.distances.bias, 0.7)  # boxes of four strides
        nn.init.normal_(self.logits.weight, std=0.01)
        nn.init.normal_(self.distances.weight, std=0.01)

    def forward(self, x):
        x = self.trunk(x)
        return torch.cat([self.logits(self.classes(x)), self.distances(self.sides(x))], 1)


class Detector(nn.Module):
    """Backbone, pyramid and three heads."""

    def __init__(self, widths, blocks, neck, head):
        super().__init__()
        self.stem = Conv(3, widths[0], 3, 2)

        def stage(level, attention):
            layers = [Conv(widths[level], widths[level + 1], 3, 2)]
            layers += [Residual(widths[level + 1]) for _ in range(blocks[level])]
            return nn.Sequential(*layers, *([LinearAttention(widths[level + 1])] * attention))

        self.stage4, self.stage8 = stage(0, False), stage(1, False)
        self.stage16, self.stage32 = stage(2, True), stage(3, True)
        n8, n16, n32 = neck
        self.lateral32 = Conv(widths[4], n16, 1)
        self.lateral16 = Conv(widths[3], n16, 1)
        self.lateral8 = Conv(widths[2], n8, 1)
        self.merge16, self.reduce16, self.merge8 = Conv(n16, n16), Conv(n16, n8, 1), Conv(n8, n8)
        self.down16, self.down32 = Conv(n8, n16, 3, 2), Conv(n16, n32, 3, 2)
        self.skip32 = Conv(widths[4], n32, 1)
        self.heads = nn.ModuleList([Head(width, head) for width in neck])

    def forward(self, x):
        x = self.stage4(self.stem(x))
        c8 = self.stage8(x)
        c16 = self.stage16(c8)
        c32 = self.stage32(c16)
        p16 = self.merge16(self.lateral16(c16) + double(self.lateral32(c32)))
        p8 = self.merge8(self.lateral8(c8) + double(self.reduce16(p16)))
        p16 = p16 + self.down16(p8)
        p32 = self.skip32(c32) + self.down32(p16)
        return [head(level) for head, level in zip(self.heads, (p8, p16, p32))]


def double(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def build(name):
    if name not in ARCHITECTURES:
        raise SystemExit(f"no architecture '{name}'; there are: {', '.join(ARCHITECTURES)}")
    return Detector(**ARCHITECTURES[name])


def load(path, weights="ema"):
    """The network of a checkpoint, ready to be used, and the checkpoint itself."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    network = build(checkpoint["architecture"])
    network.load_state_dict(checkpoint[weights])
    return network.eval(), checkpoint


def size(text):
    """`384x224` as width and height."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise SystemExit(f"'{text}' is no size; write it like 384x224") from None
    if width <= 0 or height <= 0 or width % 32 or height % 32:
        raise SystemExit(f"{text}: width and height must be multiples of 32")
    return width, height


def cost(network, width, height):
    """Parameters, and multiplications of the convolutions a picture."""
    total = 0

    def count(module, _, output):
        nonlocal total
        total += module.weight.numel() * output.shape[2] * output.shape[3]

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.no_grad():
        network(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return sum(p.numel() for p in network.parameters()), total


if __name__ == "__main__":
    for name in ARCHITECTURES:
        parameters, products = cost(build(name).eval(), 384, 224)
        print(f"{name}: {parameters:,} parameters, {products / 1e6:.0f} MMAC at 384x224")

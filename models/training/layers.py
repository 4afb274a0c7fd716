"""The two layers that detector and reader are made of."""

from torch import Tensor, nn


def conv(inward: int, outward: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Return a convolution with its norm and ReLU; the norm is folded in at export."""
    return nn.Sequential(
        nn.Conv2d(inward, outward, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    )


class Again(nn.Module):
    """A convolution whose input is added to its output."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return *x* and what the convolution adds."""
        return x + self.conv(x)

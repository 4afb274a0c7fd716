"""A batch under other lights and cameras; done where the network runs, since it is cheap there."""

import torch
from torch import Tensor


def relit(pictures: Tensor) -> Tensor:
    """Return ``(N, 3, H, W)`` pictures, 0..255, with other gains, gammas, greys and noise."""
    n, device = len(pictures), pictures.device

    def some(share: float) -> Tensor:
        return (torch.rand(n, 1, 1, 1, device=device) < share).float()

    def spread(wide: float, channels: int = 1) -> Tensor:
        return torch.randn(n, channels, 1, 1, device=device) * wide

    changed = some(0.75)
    gamma = torch.exp(spread(0.4) * some(0.5) * changed)
    gain = torch.exp((spread(0.22) + spread(0.08, 3) + spread(0.3, 3) * some(0.05)) * changed)
    bright = (pictures.mean((1, 2, 3), keepdim=True) > 70).float()
    night = some(0.12) * bright * changed
    gain = gain * (1 - night * (0.4 + 0.4 * torch.rand(n, 1, 1, 1, device=device)))
    out = 255 * (pictures / 255).clamp(0, 1) ** gamma * gain + spread(12) * changed
    out = _grey(out, some(0.22))
    loud = some(0.3) * (1 + 11 * torch.rand(n, 1, 1, 1, device=device))
    coloured = some(0.5)
    noise = torch.randn_like(out)
    noise = coloured * noise + (1 - coloured) * noise[:, :1]
    return (out + noise * loud).clamp(0, 255)


def _grey(pictures: Tensor, chosen: Tensor) -> Tensor:
    """Return the *chosen* in grey: as a grey camera, or as an infrared one that likes red."""
    n, device = len(pictures), pictures.device
    usual = torch.tensor([0.114, 0.587, 0.299], device=device).view(1, 3, 1, 1)
    other = torch.softmax(torch.randn(n, 3, 1, 1, device=device) * 1.5, 1)
    plain = (torch.rand(n, 1, 1, 1, device=device) < 0.6).float()
    grey = (pictures * (plain * usual + (1 - plain) * other)).sum(1, keepdim=True)
    return pictures * (1 - chosen) + grey * chosen

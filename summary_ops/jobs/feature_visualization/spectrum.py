"""Pictures as spectra: what is optimized, so that every scale of a picture moves alike."""

from __future__ import annotations

import torch
from torch import Tensor

DEVIATION = 0.01
CONTRAST = 0.25
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
"""Principal components of the colours of ImageNet's pixels (rows: red, green, blue)."""


def draw(shape: tuple[int, int, int], count: int, generator: torch.Generator) -> Tensor:
    """Spectra of `count` pictures `[count, channels, height, width // 2 + 1, 2]`: almost grey."""
    channels, height, width = shape
    size = (count, channels, height, width // 2 + 1, 2)
    return DEVIATION * torch.randn(size, generator=generator)


def pictures(spectra: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Pictures `[count, channels, height, width]` with values between 0 and 1.

    An amplitude counts by the inverse of its frequency, as in photographs (Olah et al. 2017,
    "Preconditioning and Parameterization"). The three channels of colour pictures are mixtures of
    independent ones; other numbers of channels are independent.

    Args:
        spectra: real and imaginary parts, as `draw` returns them.
        shape: channels, height and width.
    """
    channels, height, width = shape
    vertical = torch.fft.fftfreq(height, device=spectra.device)[:, None]
    frequency = torch.hypot(vertical, torch.fft.rfftfreq(width, device=spectra.device))
    scale = 1 / frequency.clamp(min=1 / max(height, width))
    amplitudes = torch.view_as_complex(spectra) * scale
    drawn: Tensor = CONTRAST * torch.fft.irfft2(amplitudes, s=(height, width), norm="ortho")
    if channels == 3:
        mixture = torch.tensor(COLOURS, device=drawn.device)
        mixture = mixture / mixture.norm(dim=0).max()
        drawn = torch.einsum("nchw,dc->ndhw", drawn, mixture)
    return drawn.sigmoid()

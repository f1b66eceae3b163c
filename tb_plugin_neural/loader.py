"""The entry point that TensorBoard imports at start.

An exception here would stop TensorBoard, so this module imports nothing that can fail: what needs
NumPy or SciPy is imported by `load`, whose errors cost only our tab.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tensorboard.plugins import base_plugin

if TYPE_CHECKING:
    from tb_plugin_neural.plugin import NeuralPlugin

PLUGIN_NAME = "neural"
RECORD_LIMIT = 256 * 2**20
CACHE_MEGABYTES = 256


class NeuralLoader(base_plugin.TBLoader):
    """Defines our flags, keeps every step, and loads the plugin."""

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        """Add our flags to TensorBoard's."""
        group = parser.add_argument_group("neural")
        group.add_argument(
            "--neural_samples",
            metavar="N",
            type=int,
            default=0,
            help="Steps of each series of the Neural plugin that are kept; 0 keeps all. What is "
            "kept is held in memory. --samples_per_plugin neural=N has precedence.",
        )
        group.add_argument(
            "--neural_record_limit",
            metavar="BYTES",
            type=int,
            default=RECORD_LIMIT,
            help="Most bytes that one compressed record may inflate to. (default: %(default)s)",
        )
        group.add_argument(
            "--neural_cache",
            metavar="MB",
            type=int,
            default=CACHE_MEGABYTES,
            help="Megabytes of decoded records that are kept. (default: %(default)s)",
        )
        group.add_argument(
            "--neural_fast_crc",
            metavar="BOOL",
            type=_boolean,
            default=True,
            help="Check event files with google-crc32c where TensorBoard reads them in Python, "
            "over a hundred times faster, with the same damage found. (default: %(default)s)",
        )

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Keep every step unless the user says otherwise; runs before any event file is read."""
        samples = getattr(flags, "samples_per_plugin", None) or {}
        if isinstance(samples, Mapping):
            kept = samples.get(PLUGIN_NAME, getattr(flags, "neural_samples", 0)) or 0
            flags.samples_per_plugin = {**samples, PLUGIN_NAME: max(0, kept)}
        if getattr(flags, "neural_fast_crc", True):
            _accelerate()

    def load(self, context: base_plugin.TBContext) -> NeuralPlugin:
        """Make the plugin; an error is logged by TensorBoard, which goes on without our tab."""
        from tb_plugin_neural.plugin import NeuralPlugin  # noqa: PLC0415

        return NeuralPlugin(context)


def _boolean(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"{value!r} is neither true nor false") from None


def _accelerate() -> None:
    try:
        from tb_plugin_neural import reader  # noqa: PLC0415
    except ImportError:
        return
    reader.accelerate()

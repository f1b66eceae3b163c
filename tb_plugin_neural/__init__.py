"""Neural for TensorBoard: the part that runs in TensorBoard's process, and the shared formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tb_plugin_neural.reading.recorded import Logs


def read(logdir: Path | str) -> Logs:
    """Open a log directory, without TensorBoard's server and without torch.

    Everything recorded can be had as arrays, which are decoded when they are asked for, and as
    pandas frames where pandas is installed.

    Args:
        logdir: as given to `tensorboard --logdir`.

    Returns:
        The runs by name, as they are now.

    Raises:
        NothingRecorded: there is no such folder, or no record of ours in it.

    Example:
        run = tb_plugin_neural.read("runs")["plain"]
        run.activations("features.4")  # of the probe set, [instances, units]
        run.metrics().frame().groupby("step")[["correct", "inputs"]].sum()
    """
    from tb_plugin_neural.reading import recorded  # noqa: PLC0415  TensorBoard imports this package

    return recorded.read(logdir)

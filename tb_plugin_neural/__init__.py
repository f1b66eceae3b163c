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
        >>> run = tb_plugin_neural.read(log_dir)["plain"]
        >>> run.steps
        [0, 10]
        >>> run.activations("fc").shape  # of the probe set, [instances, units]
        (6, 4)
        >>> table = run.metrics()
        >>> last = table["step"] == run.steps[-1]
        >>> int(table["correct"][last].sum()), int(table["inputs"][last].sum())
        (99, 120)
    """
    from tb_plugin_neural.reading import recorded  # noqa: PLC0415  TensorBoard imports this package

    return recorded.read(logdir)

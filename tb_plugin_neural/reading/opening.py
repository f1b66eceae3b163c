"""A store on a log directory, in this process."""

from __future__ import annotations

from pathlib import Path

from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.context import RequestContext

from tb_plugin_neural import reader
from tb_plugin_neural.contract.metadata import PLUGIN_NAME
from tb_plugin_neural.store.cache import Cache
from tb_plugin_neural.store.source import Source
from tb_plugin_neural.store.store import Memory, Store

CACHE_BYTES = 256 * 2**20


class NothingRecorded(LookupError):
    """There are no records of ours where they were looked for."""


def open_store(logdir: Path | str, cache_bytes: int = CACHE_BYTES) -> Store:
    """Read the event files below a folder, as they are now; arrays are decoded when asked for.

    Args:
        logdir: as given to `tensorboard --logdir`.
        cache_bytes: decoded records that are kept.

    Raises:
        NothingRecorded: there is no such folder, or no record of ours in it.
    """
    path = Path(logdir)
    if not path.is_dir():
        raise NothingRecorded(f"{path} is no folder; give the folder that TensorBoard reads")
    reader.accelerate()
    guidance = {PLUGIN_NAME: 0}
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=guidance)
    multiplexer.AddRunsFromDirectory(str(path))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(path))
    store = Store(Source(provider, RequestContext(), str(path)), Memory(Cache(cache_bytes)))
    if not store.look().models:
        runs = len(multiplexer.Runs())
        raise NothingRecorded(
            f"{path} has {runs} runs, but none with records of Recorder: record some with "
            "recorder.run(loader) and recorder.write(writer, step)"
        )
    return store

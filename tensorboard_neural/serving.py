"""TensorBoard beside a training: started as a process of its own, ended with the script."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 10.0  # seconds in which TensorBoard may end by itself


@contextmanager
def tensorboard(logdir: Path, port: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Serve a log directory while the `with` block runs; the address is printed once it is known.

    Args:
        logdir: what to serve.
        port: where; by default the first free one from 6006 on.
    """
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    command += ["--reload_interval", "5"]
    if port is not None:
        command += ["--port", str(port)]
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that ^C reaches the script alone, which then ends it
    )
    listener = threading.Thread(target=_listen, args=(process,), daemon=True)
    listener.start()
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join(PATIENCE)
        if process.stderr is not None and not listener.is_alive():
            process.stderr.close()


def wait(process: subprocess.Popen[str] | None, logdir: Path) -> None:
    """Go on serving until ^C; where nothing is served, say how to."""
    if process is not None and process.poll() is None:
        print("TensorBoard goes on until ^C.", flush=True)
        with suppress(KeyboardInterrupt):
            process.wait()
    else:
        print(f"To see it: {sys.executable} -m tensorboard.main --logdir {logdir}", flush=True)


def _listen(process: subprocess.Popen[str]) -> None:
    """Print the address; and the last lines, should TensorBoard end by itself."""
    lines: deque[str] = deque(maxlen=10)
    served = False
    for line in process.stderr or ():
        lines.append(line)
        _, found, address = line.partition(" at http")
        if found:
            served = True
            print(f"\nTensorBoard: http{address.split()[0]}#neural\n", flush=True)
    if not served:
        print("TensorBoard did not start:\n" + "".join(lines), file=sys.stderr, flush=True)

"""What only a machine with a GPU can show: `make gpu`, or `make gpu PYTHON=python3` without set-up.

Runs the tests that do not depend on a device on the one that `NEURAL_DEVICE` names, counts how
often a recorded pass waits for it, and prints the figures of recording a pass there. Packages that
are missing are put into `.gpu`, which nothing else sees.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / ".gpu"
NEEDED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "tensorboard": "tensorboard",
    "safetensors": "safetensors",
    "google_crc32c": "google-crc32c",
    "tqdm": "tqdm",
    "PIL": "pillow",
    "umap": "umap-learn",
    "sklearn": "scikit-learn",
    "pytest": "pytest",
    "hypothesis": "hypothesis",
    "networkx": "networkx",
}
TESTS = (
    "tests/summary_ops/test_on_a_device.py",
    "tests/summary_ops/statistics/test_merging_laws.py",
    "tests/summary_ops/statistics/test_dyadic_histogram.py",
    "tests/summary_ops/statistics/test_moments_of_units.py",
)
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy")


def provide() -> dict[str, str]:
    """Install what is missing beside torch, and return the environment to run in.

    Raises:
        SystemExit: torch is missing, or packages cannot be installed.
    """
    if importlib.util.find_spec("torch") is None:
        sys.exit(f"{sys.executable} has no torch: name a Python that has, make gpu PYTHON=…")
    sys.path.insert(0, str(HERE))
    missing = [NEEDED[name] for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print("Installing", *missing, flush=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(HERE)]
        if subprocess.run([*command, *missing], check=False).returncode:
            sys.exit(f"Could not install {', '.join(missing)}; install them, and try again.")
    paths = [str(ROOT), str(HERE), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def waits(device: str) -> tuple[int, int]:
    """Count the waits for the device in three passes, without and with a recorder."""
    import torch  # noqa: PLC0415 - there only now

    from benchmarks import models  # noqa: PLC0415
    from summary_ops import Recorder  # noqa: PLC0415

    model = models.vgg16().eval().to(device)
    images = torch.randn(128, 3, 32, 32, device=device)
    labels = torch.arange(128, device=device) % 10
    recorder = Recorder(model, classes=[str(index) for index in range(10)], verbose=False)

    def once(*, recorded: bool) -> None:
        with torch.no_grad():
            if not recorded:
                model(images)
                return
            with recorder.observing(labels):
                model(images)

    found = []
    for recorded in (False, True):
        for _ in range(4):
            once(recorded=recorded)
        torch.cuda.synchronize()
        with torch.profiler.profile() as profile:
            for _ in range(3):
                once(recorded=recorded)
        events = profile.key_averages()
        found.append(sum(event.count for event in events if event.key in WAITS))
    return found[0], found[1]


def main() -> None:
    """Run everything; exit with 1 where something failed."""
    device = os.environ.get("NEURAL_DEVICE", "cuda")
    environment = provide() | {"NEURAL_DEVICE": device}
    import torch  # noqa: PLC0415

    if device.startswith("cuda") and not torch.cuda.is_available():
        sys.exit("There is no CUDA device here; NEURAL_DEVICE=cpu tries the script itself.")
    options = ["-q", "-p", "no:cacheprovider", *TESTS]
    failed = subprocess.run(
        [sys.executable, "-m", "pytest", *options], check=False, cwd=ROOT, env=environment
    ).returncode
    if device.startswith("cuda"):
        sys.path.insert(0, str(ROOT))
        plain, recorded = waits(device)
        print(f"Waits for the device in three passes: {plain} plain, {recorded} recorded.")
        failed = failed or recorded > plain
        command = [sys.executable, "-m", "benchmarks.recording", "--device", device]
        figures = subprocess.run(command, check=False, cwd=ROOT, env=environment)
        failed = failed or figures.returncode
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

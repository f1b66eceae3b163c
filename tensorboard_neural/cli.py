"""The command line. What takes long to import is imported once it is known to be wanted."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tensorboard_neural.usage_error import UsageError

EXAMPLE = """\
examples:
  tensorboard-neural open mypackage.models:resnet --weights best.pt --images photographs
  tensorboard-neural open "model.py:make('small', classes=10)" --weights last.safetensors \\
      --images validation --classes cat dog … --size 32 --mean 0.5 --std 0.5
"""


CODES = "exit codes: 0 no condition met, 1 a condition met, 2 bad usage, unreadable or incomparable"
WRONG = 2

TASKS = ("multiclass", "binary", "multilabel", "regression", "none")


def parser() -> argparse.ArgumentParser:
    """Define the command line; the environment has defaults for the demo."""
    top = argparse.ArgumentParser(
        prog="tensorboard-neural", description="Show in TensorBoard what a network's neurons do."
    )
    commands = top.add_subparsers(required=True, metavar="command")
    _add_open(
        commands.add_parser(
            "open",
            help="record a trained model on a folder of images",
            description="Record a trained model on images for every view, and serve TensorBoard.",
            epilog=EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    _add_demo(
        commands.add_parser(
            "demo",
            help="train and record two small networks, and record a pretrained one",
            description="Train and record a small network twice, record a pretrained one, serve.",
        )
    )
    _add_report(
        commands.add_parser(
            "report",
            help="print the findings of a recorded run",
            description="Print a run's findings, as the tab shows them; needs neither PyTorch nor "
            "a running TensorBoard.",
            epilog=CODES,
        )
    )
    _add_doctor(
        commands.add_parser(
            "doctor",
            help="find out why the tab does not appear, and how to fix it",
            description="Check everything that the tab needs, and report problems.",
        )
    )
    return top


def _add_report(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("logdir", type=Path, help="the folder that TensorBoard reads")
    add("--run", metavar="A", help="run to report; default: the one written last")
    add("--step", type=int, help="step of A, or the nearest before it; default: the last")
    add(
        "--against",
        metavar="B",
        help="run to compare with; default: A at its previous record. A and B may be patterns such "
        "as 'wide-*', of three runs or more each",
    )
    add(
        "--since",
        type=int,
        metavar="STEP",
        help="step of B to compare with; without --against, of A",
    )
    add(
        "--format",
        default="text",
        choices=("text", "markdown", "json", "html"),
        help="output format (text)",
    )
    add("--out", metavar="FILE", help="write to a file instead of the terminal")
    add(
        "--fail-on",
        action="append",
        default=[],
        metavar="COND",
        help="fail if met, such as dead>5%%; repeatable",
    )
    command.set_defaults(run_command=_report, needs_torch=False)


def _add_doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("logdir", nargs="?", type=Path, help="the folder that TensorBoard reads")
    command.set_defaults(run_command=_doctor, needs_torch=False)


def _add_open(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("factory", help="package.module:factory or model.py:factory, with or without arguments")
    add("--weights", type=Path, help="torch.save file, .safetensors file or save_pretrained folder")
    add("--key", help="checkpoint entry, such as state_dict_ema; default: one that fits")
    add("--images", type=Path, required=True, help="folder of images; subfolders are labels")
    add("--classes", nargs="+", default=[], help="class names by index, or a text or JSON file")
    add("--task", default="multiclass", choices=TASKS, help="meaning of the outputs (multiclass)")
    add("--layers", nargs="+", default=["auto"], help="names or globs of layers (auto)")
    add("--size", type=int, default=224, help="height and width of the input (224)")
    add("--crop", type=float, default=0.875, help="share of the shorter side to keep (0.875)")
    add("--mean", type=float, nargs="+", default=[], help="pixel means; default: ImageNet's")
    add("--std", type=float, nargs="+", default=[], help="pixel deviations; default: ImageNet's")
    add("--probe", type=int, help="number of images in the probe set (as fit in 512 MB)")
    add("--batch", type=int, default=16, help="images per forward pass (16)")
    add("--device", help="cpu, cuda, …; default: cuda if available")
    _add_serving(command, Path("runs/opened"))
    command.set_defaults(run_command=_open, needs_torch=True)


def _add_demo(command: argparse.ArgumentParser) -> None:
    environment, add = os.environ.get, command.add_argument
    known = "fashion-mnist, cifar10, digits"
    add("--data", default=environment("DATA") or "fashion-mnist", help=known)
    add(
        "--cifar10",
        type=Path,
        default=environment("CIFAR10") or None,
        help="use this cifar-10-binary.tar.gz or .npz instead of a download",
    )
    _add_serving(command, Path("runs") / time.strftime("demo-%Y%m%d-%H%M%S"))
    port, serve = environment("PORT") or None, environment("DEMO_OPEN") != "0"
    command.set_defaults(run_command=_demo, needs_torch=True, port=port, serve=serve)


def _add_serving(command: argparse.ArgumentParser, logdir: Path) -> None:
    command.add_argument(
        "--logdir", type=Path, default=logdir, help=f"where to write runs ({logdir})"
    )
    command.add_argument("--port", type=int, help="TensorBoard's port; default: the first free one")
    command.add_argument(
        "--serve",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="serve TensorBoard, or exit when everything is recorded",
    )


def _open(options: argparse.Namespace) -> int:
    from tensorboard_neural.user_models import opening  # noqa: PLC0415

    opening.run(options)
    return 0


def _demo(options: argparse.Namespace) -> int:
    from tensorboard_neural.demo import demo  # noqa: PLC0415

    demo.run(options)
    return 0


def _report(options: argparse.Namespace) -> int:
    from tensorboard_neural.reports import report  # noqa: PLC0415

    return report.run(options)


def _doctor(options: argparse.Namespace) -> int:
    from tensorboard_neural.reports import doctor  # noqa: PLC0415

    return doctor.run(options)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; end with a line that says what to do where it cannot be done."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if options.needs_torch and importlib.util.find_spec("torch") is None:
        sys.exit('PyTorch is missing; type: pip install "tensorboard-plugin-neural[torch]"')
    try:
        code = options.run_command(options)
    except UsageError as error:
        if options.needs_torch:
            sys.exit(f"tensorboard-neural: {error}")
        print(f"tensorboard-neural: {error}", file=sys.stderr)
        sys.exit(WRONG)
    except KeyboardInterrupt:
        sys.exit(130)
    if code:
        sys.exit(code)

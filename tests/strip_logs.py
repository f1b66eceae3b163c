"""Records of strips and saliency, for tests of the reader."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from tb_plugin_neural.contract.what_if_records import AdversarialStrip, Saliency


def strip(pictures: Sequence[bytes] = (), **changes: Any) -> AdversarialStrip:
    """Five steps of instance 3 towards class 1, three of them shown, of three classes."""
    rising = np.array([0.1, 0.2, 0.4, 0.7, 0.9], np.float32)
    record = AdversarialStrip(
        name="image 3",
        probe="probe-1",
        instance=3,
        label=2,
        target="class:1",
        norm="l2",
        radius=0.5,
        smoothing=1.0,
        seed=0,
        flip=3,
        classes=(1, 0, 2),
        layers=("fc", "logits"),
        effect=np.log(rising / (1 - rising)),
        probability=np.stack([rising, 0.9 - rising, np.full(5, 0.1, np.float32)], 1),
        l2=np.linspace(0, 0.5, 5, dtype=np.float32),
        linf=np.linspace(0, 0.25, 5, dtype=np.float32),
        control_effect=np.full(5, -2, np.float32),
        control_probability=np.tile(np.float32([0.1, 0.8, 0.1]), (5, 1)),
        frame=np.array([0, 2, 4], np.uint32),
        prediction=np.array([0, 0, 1], np.uint32),
        factor=np.array([1, 4, 2], np.float32),
        unit=np.array([[3, 1], [1, 0]], np.uint32),
        activation=np.array(
            [[[0, 1, 2], [5, 4, 3]], [[0, 1, 8], [np.nan] * 3]], np.float32
        ),  # the second layer has one such unit
        pictures=tuple(pictures),
    )
    return dataclasses.replace(record, **changes)


def key(record: AdversarialStrip) -> str:
    """What stands for the layer of a strip's series."""
    return f"{record.instance} {record.target} {record.norm}"


def strip_id(session: str, step: int) -> str:
    """Of the strip above, by a session's name."""
    return f"{session}-{step}-{digest(key(strip()))}"


def digest(layer: str) -> str:
    """What ends the id of a strip."""
    return blake2b(layer.encode(), digest_size=4).hexdigest()


def saliency(
    instances: Sequence[int], levels: Any, method: str = "occlusion", **changes: Any
) -> Saliency:
    """Maps `[instances, Y, X]` of instances, in 16ths, of class 1."""
    table = np.array(levels, np.int8)
    record = Saliency(
        method=method,
        parameters="window 2, stride 1",
        probe="probe-1",
        instance=np.array(instances, np.uint32),
        target=np.ones(len(instances), np.uint32),
        level=table,
        scale=np.full(len(instances), 1 / 16, np.float32),
    )
    return dataclasses.replace(record, **changes)

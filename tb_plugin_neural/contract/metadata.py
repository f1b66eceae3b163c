"""Mark values in event files as ours; shared by the writer and the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from tensorboard.compat.proto import summary_pb2

from tb_plugin_neural.contract import plugin_data_pb2

PLUGIN_NAME = "neural"
FORMAT_VERSION = 1


_ESCAPED = re.compile(r'["\\%\x00-\x1f]')


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


class NewerFormat(ValueError):
    """A record was written by a newer version of this package."""


@dataclass(frozen=True, order=True)
class Series:
    """The identity of one series of records: who wrote it, what it is, which layer it is about."""

    session: str
    kind: str
    layer: str = ""

    @property
    def tag(self) -> str:
        """The tag of the series; unique in a run, and never parsed again.

        TensorBoard's data server does not deliver blobs whose tag JSON would write with a
        backslash, so that such characters are written as in an address.
        """
        parts = (PLUGIN_NAME, self.session, self.kind, self.layer)
        return _ESCAPED.sub(_escape, "/".join(part for part in parts if part))

    def summary_metadata(self) -> summary_pb2.SummaryMetadata:
        """Return the metadata that every event of the series carries."""
        content = plugin_data_pb2.PluginData(
            version=FORMAT_VERSION, session=self.session, kind=self.kind, layer=self.layer
        ).SerializeToString()
        return summary_pb2.SummaryMetadata(
            plugin_data=summary_pb2.SummaryMetadata.PluginData(
                plugin_name=PLUGIN_NAME, content=content
            ),
            data_class=summary_pb2.DATA_CLASS_BLOB_SEQUENCE,
        )

    @classmethod
    def parse(cls, content: bytes) -> Series:
        """Read what `summary_metadata` wrote.

        Raises:
            NewerFormat: the series was written by a newer version.
            ValueError: the content is not ours, or is damaged.
        """
        try:
            data = plugin_data_pb2.PluginData.FromString(content)
        except DecodeError as error:
            raise ValueError(f"plugin data of {len(content)} bytes cannot be parsed") from error
        if data.version > FORMAT_VERSION:
            raise NewerFormat(
                f"written in format {data.version}, this tensorboard-plugin-neural reads up to "
                f"{FORMAT_VERSION}; upgrade it where TensorBoard runs"
            )
        if not (data.version and data.session and data.kind):
            raise ValueError("plugin data without version, session or kind")
        return cls(data.session, data.kind, data.layer)

from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class PluginData(_message.Message):
    __slots__ = ("version", "session", "kind", "layer")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LAYER_FIELD_NUMBER: _ClassVar[int]
    version: int
    session: str
    kind: str
    layer: str
    def __init__(self, version: _Optional[int] = ..., session: _Optional[str] = ..., kind: _Optional[str] = ..., layer: _Optional[str] = ...) -> None: ...

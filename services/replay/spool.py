"""Records that wait to be put into order, in a nameless file: there may be more than memory holds."""

from __future__ import annotations

from tempfile import TemporaryFile

import msgspec
from aiokafka import ConsumerRecord

from shared.contract import Origin
from shared.wire import headers

_Packed = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]


class Spool:
    """Records of one partition by their offset. *origins* says of each where its raw record lies."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
        self._decoder = msgspec.msgpack.Decoder[_Packed](_Packed)
        self._places: dict[int, tuple[int, int]] = {}
        self.origins: dict[int, Origin] = {}

    def put(self, record: ConsumerRecord) -> None:
        """Keep *record*; one without an origin is its own."""
        packed = msgspec.msgpack.encode((record.key, record.value, list(record.headers)))
        begin = self._file.seek(0, 2)
        self._file.write(packed)
        self._places[record.offset] = (begin, len(packed))
        found = headers.get(headers.well_formed(record.headers), headers.ORIGIN)
        own = Origin(record.topic, record.partition, record.offset, record.timestamp)
        self.origins[record.offset] = Origin.parse(found) if found else own

    def take(self, offset: int) -> _Packed:
        """Return key, value and headers of the record at *offset*, and forget it."""
        begin, size = self._places.pop(offset)
        del self.origins[offset]
        self._file.seek(begin)
        packed: _Packed = self._decoder.decode(self._file.read(size))
        return packed

    def __len__(self) -> int:
        return len(self._places)

    def lowest(self) -> int | None:
        """Return the lowest offset kept."""
        return min(self._places, default=None)

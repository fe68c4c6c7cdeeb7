"""Two requests that aiokafka lacks: the producers a partition knows, and «write this marker».

Layouts: ``DescribeProducersRequest.json`` and ``WriteTxnMarkersRequest.json`` of Apache Kafka.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)
_PRODUCER = (
    ("producer_id", Int64),
    ("producer_epoch", Int32),
    ("last_sequence", Int32),
    ("last_timestamp", Int64),
    ("coordinator_epoch", Int32),
    ("start", Int64),
    _TAGS,
)


class _Producers(Response):  # type: ignore[misc]  # aiokafka has no types
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("index", Int32),
                        ("error", Int16),
                        ("message", _TEXT),
                        ("producers", CompactArray(*_PRODUCER)),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeProducers(RequestStruct):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Producers
    SCHEMA = Schema(
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)), _TAGS
    )


class DescribeProducers(Request[_DescribeProducers]):  # type: ignore[misc]
    """Ask for the producers of *partitions*, by topic. An open transaction has a start that is not -1."""

    API_KEY = 61

    def __init__(self, partitions: Mapping[str, Sequence[int]]) -> None:
        self._topics: list[Any] = [(topic, list(numbers), {}) for topic, numbers in partitions.items()]

    def build(self, request_struct_class: type[_DescribeProducers]) -> Any:
        """Return the request as it travels."""
        return request_struct_class(self._topics, {})


class _Written(Response):  # type: ignore[misc]
    API_KEY = 27
    API_VERSION = 1
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                (
                    "topics",
                    CompactArray(
                        ("name", _TEXT),
                        ("partitions", CompactArray(("index", Int32), ("error", Int16), _TAGS)),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _WriteMarkers(RequestStruct):  # type: ignore[misc]
    API_KEY = 27
    API_VERSION = 1
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Written
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("committed", Boolean),
                ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
                ("coordinator_epoch", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class WriteMarker(Request[_WriteMarkers]):  # type: ignore[misc]
    """End a producer's transaction in one partition, as its coordinator does (right «ClusterAction»)."""

    API_KEY = 27

    def __init__(
        self,
        topic: str,
        partition: int,
        *,
        producer_id: int,
        producer_epoch: int,
        coordinator_epoch: int,
        committed: bool,
    ) -> None:
        self._marker: tuple[Any, ...] = (
            producer_id,
            producer_epoch,
            committed,
            [(topic, [partition], {})],
            coordinator_epoch,
            {},
        )

    def build(self, request_struct_class: type[_WriteMarkers]) -> Any:
        """Return the request as it travels."""
        return request_struct_class([self._marker], {})

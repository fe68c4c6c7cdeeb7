"""The HTTP door: who may come in, what becomes of a request's articles, and what the client hears of each."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Sequence
from itertools import batched
from typing import Any

import msgspec
import orjson
from aiohttp.web import BaseRequest, Response

from services.feed.brake import Brake
from services.feed.delivery import Delivery, Receipt, Undelivered
from services.feed.ingest import request_body
from services.feed.ingest.client_connections import Connections
from services.feed.ingest.http_problem import Problem, later
from services.feed.ingest.in_flight_room import Room
from services.feed.ingest.openapi_document import ARTICLES, OPENAPI, document
from services.feed.submission import Submission
from shared import guard
from shared.logs import warn
from shared.records.raw import Id
from shared.wire import headers, traces
from shared.worker.door_metrics import DoorMetrics, IngestMetrics

NAME = "http"
AT_ONCE = 100
"""Lines that are read and handed over together: between them the loop turns, so that a large body holds
nobody up.
"""

PATIENCE_S = 10.0
AWAY_AFTER_S, BEHIND_AFTER_S = 2, 15
"""What Retry-After says while the broker is away, and while clean is too far behind."""


class HttpDoor:
    """Answers the requests of one worker."""

    def __init__(
        self, delivery: Delivery, brake: Brake, metrics: DoorMetrics, answers: IngestMetrics, *, token: str
    ) -> None:
        self._delivery = delivery
        self._brake = brake
        self._refused = metrics.refused
        self._answers = answers.answers
        self._accepted, self._in_flight = metrics.accepted.labels(NAME), metrics.in_flight.labels(NAME)
        self._took = metrics.delivery.labels(NAME)
        self._token = f"Bearer {token}".encode() if token else None
        self._document = document(guarded=bool(token))
        self._room = Room()

    async def answer(self, request: BaseRequest, connections: Connections) -> Response:
        """Answer *request*, whatever it is."""
        with connections.at_work(request) as connection:
            try:
                response = await self._routed(request)
            except Problem as problem:
                response = problem.response()
            except ConnectionError:
                raise  # the client is gone
            except Exception as error:  # noqa: BLE001 - a fault of ours must cost one answer, not the worker
                warn(
                    "bug", door=NAME, error=f"{type(error).__name__}: {error}"[:500], where=guard.where(error)
                )
                response = Problem(
                    500, "this is a fault of the door; its log says more", ends=True
                ).response()
            self._answers.labels(str(response.status)).inc()
            connection.finish(response)
            return response

    async def _routed(self, request: BaseRequest) -> Response:
        if request.path == ARTICLES:
            _require_method(request, "POST")
            return await self._take(request)
        if request.path == OPENAPI:
            _require_method(request, "GET", "HEAD")
            return Response(body=self._document, content_type="application/json")
        raise Problem(404, f"the door has {ARTICLES} and {OPENAPI}")

    async def _take(self, request: BaseRequest) -> Response:
        """Hand the request's articles over and say what became of them."""
        self._require_token(request)
        source = _source(request)
        single = request_body.is_one_object(request)
        self._require_flow()
        with self._room.share() as share:
            self._room.require()
            await _invite(request)
            read = request_body.one_object if single else request_body.lines
            found = await read(request, share)
            receipts = await self._handed_over(found, request, source)
        refused = sum(receipt.refused is not None for receipt in receipts)
        results = [_result(at, receipt) for (at, _), receipt in zip(found, receipts, strict=True)]
        said = {"accepted": len(receipts) - refused, "refused": refused, "results": results}
        return Response(
            status=422 if single and refused else 200,
            body=orjson.dumps(said),
            content_type="application/json",
        )

    def _require_token(self, request: BaseRequest) -> None:
        shown = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if self._token is not None and not hmac.compare_digest(shown, self._token):
            raise Problem(
                401,
                "send the header Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": 'Bearer realm="khabar"'},
            )

    def _require_flow(self) -> None:
        """Raise Problem 503 while what comes in would only wait."""
        if self._delivery.away:
            raise later(503, "Kafka is away", AWAY_AFTER_S)
        if self._brake.waits:
            behind, limit = self._brake.behind_s, self._brake.limit_s
            raise later(
                503,
                f"clean is {behind:.0f} s behind, which may be {limit:.0f} (KHABAR_FEED_LAG_SECONDS)",
                BEHIND_AFTER_S,
            )

    async def _handed_over(
        self, found: Sequence[tuple[int, bytes]], request: BaseRequest, source: str
    ) -> list[Receipt]:
        name, cause = f"{NAME}:{secrets.token_hex(4)}", _cause(request)
        receipts: list[Receipt] = []
        for some in batched(found, AT_ONCE):
            given = [Submission.of_line(line, f"{name}:{at}", source, headers=cause) for at, line in some]
            receipts += await self._delivered(given)
        return receipts

    async def _delivered(self, given: list[Submission]) -> list[Receipt]:
        begun = time.monotonic()
        self._in_flight.inc(len(given))
        try:
            receipts = await self._delivery.hand_over(given, asyncio.timeout(PATIENCE_S))
        except Undelivered as error:
            warn("undelivered", door=NAME, articles=len(given), error=str(error.__cause__)[:200])
            raise later(503, "Kafka has not confirmed everything", AWAY_AFTER_S) from None
        finally:
            self._in_flight.dec(len(given))
        self._took.observe(time.monotonic() - begun)
        refused = [receipt.refused.reason for receipt in receipts if receipt.refused is not None]
        self._accepted.inc(len(receipts) - len(refused))
        for reason in refused:
            self._refused.labels(NAME, reason).inc()
        return receipts


def _require_method(request: BaseRequest, *taken: str) -> None:
    if request.method not in taken:
        raise Problem(405, f"{request.path} takes {' and '.join(taken)}", headers={"Allow": ", ".join(taken)})


def _source(request: BaseRequest) -> str:
    """Return the source of items that name none, or nothing."""
    given = request.query
    if unknown := given.keys() - {"source"}:
        raise Problem(400, f"unknown in the address: {', '.join(sorted(unknown))[:100]}; known is source")
    if not given:
        return ""
    try:
        return msgspec.convert(given.getone("source"), Id)
    except msgspec.ValidationError:
        raise Problem(400, "source must be an id of 1 to 512 characters without control characters") from None


def _cause(request: BaseRequest) -> headers.Headers:
    """Return the headers of the request that go with its records: its place in a trace, where it has one."""
    given = [
        (name, request.headers.get(name, "").encode("utf-8", "replace"))
        for name in (traces.PARENT, traces.STATE)
    ]
    return headers.well_formed([(name, value) for name, value in given if value])


async def _invite(request: BaseRequest) -> None:
    """Tell a client that waits with its body to send it: only now, when nothing speaks against it."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def _result(at: int, receipt: Receipt) -> dict[str, Any]:
    if receipt.refused is not None:
        return {
            "line": at,
            "status": "refused",
            "reason": receipt.refused.reason,
            "detail": receipt.refused.detail,
        }
    found = {"line": at, "status": "accepted", "doc_id": receipt.doc_id, "rev": receipt.rev}
    return found | {"unread": list(receipt.unread)} if receipt.unread else found

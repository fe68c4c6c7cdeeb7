"""Grants rights on a broker, and finds what is granted there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ClusterAuthorizationFailedError, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest

from shared.kafka import clients
from shared.settings import Settings
from shared.wire.rights import Right

KINDS = {"topic": 2, "group": 3, "transactional-id": 5}
PATTERNS = {False: 3, True: 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8}
ALLOW = 3
ANY = 1
EVERYWHERE = "*"
"""Kafka's numbers of what stands in a right (``AclOperation``, ``ResourceType``, ``PatternType`` of its
clients).
"""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A right as Kafka keeps it: *user* is ``User:…``; *host* ``*`` is anywhere."""

    user: str
    kind: int
    name: str
    pattern: int
    operation: int
    permission: int = ALLOW
    host: str = EVERYWHERE

    def __str__(self) -> str:
        kind, operation = _named(KINDS, self.kind), _named(OPERATIONS, self.operation)
        deny = "" if self.permission == ALLOW else "not "
        prefix = "*" if self.pattern == PATTERNS[True] else ""
        return f"{self.user} may {deny}{operation} {kind} {self.name}{prefix}{'' if self.host == EVERYWHERE else f' from {self.host}'}"


def as_grant(right: Right, user: str) -> Grant:
    """Return *right* as a grant to *user*."""
    return Grant(user, KINDS[right.kind], right.name, PATTERNS[right.prefixed], OPERATIONS[right.operation])


async def grant(settings: Settings, grants: Iterable[Grant]) -> None:
    """Grant all of *grants*; what is granted already stays. Raises KafkaError when the broker refuses one."""
    async with clients.admin(settings) as admin:
        for acl in grants:
            request = CreateAclsRequest(
                acl.kind, acl.name, acl.pattern, acl.user, acl.host, acl.operation, acl.permission
            )
            answer = await admin._send_request(request)  # noqa: SLF001 - the client has the request and no method for it
            for code, message in answer.creation_responses:
                if code:
                    raise for_code(code)(
                        *([] if for_code(code) is ClusterAuthorizationFailedError else [f"{acl}: {message}"])
                    )


async def grants_of(settings: Settings, users: Iterable[str]) -> set[Grant]:
    """Return what is granted to *users*; raises KafkaError when we may not know it."""
    wanted = set(users)
    async with clients.admin(settings) as admin:
        return {grant for grant in await _all(admin) if grant.user in wanted}


async def _all(admin: AIOKafkaAdminClient) -> list[Grant]:
    request = DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY)
    answer = await admin._send_request(request)  # noqa: SLF001 - as above
    if answer.error_code:
        raise for_code(answer.error_code)
    return [
        Grant(user, kind, name, pattern, operation, permission, host)
        for kind, name, pattern, rows in answer.resources
        for user, host, operation, permission in rows
    ]


def _named(table: dict[str, int], number: int) -> str:
    return next((name for name, value in table.items() if value == number), f"({number})")

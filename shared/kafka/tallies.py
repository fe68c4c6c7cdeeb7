"""What a group has finished, read off its committed offsets: no record is looked at."""

from __future__ import annotations

from shared.kafka import clients, groups
from shared.settings import Settings
from shared.wire.tally import Tally


async def of_group(settings: Settings, group: str) -> Tally:
    """Return the sum over all lanes that *group* has committed; zeros before the first commit."""
    async with clients.admin(settings) as admin:
        committed = await groups.committed(admin, group)
    return Tally.summed(Tally.decoded(offset.metadata) for offset in committed.values())

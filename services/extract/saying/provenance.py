"""Where a document says it comes from: the chain from the outlet to the origin, over its attributions."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from services.extract.saying.attributions import Credit, is_medium
from services.extract.words_of_article import OPENING_CHARS
from shared.records import Provenance


def provenance(attributed: Sequence[Credit]) -> Provenance:
    """Return the document's own account of its sources, from what it *attributed*.

    *self_claimed* is the outlet that credits itself (an opening formula or dateline), *declared_source* the
    source line, *chain* runs from the outlet over the declared sources to those it relays, each once.
    *origin_guess* is the declared source, else the last relayed medium, else the outlet itself.
    """
    claimed = [
        credit
        for credit in attributed
        if credit.kind in {"reported_by", "dateline_outlet"} and credit.scope[0] == 0 and _opens(credit)
    ]
    declared = [credit for credit in attributed if credit.kind == "source_line"]
    relayed = [
        credit
        for credit in attributed
        if credit.kind in {"relayed_from", "reported_by", "according_to"} and credit not in claimed
    ]
    media = [credit for credit in relayed if is_medium(credit.agent_id)]
    chain = _unique(
        [*claimed[:1], *declared, *media, *(credit for credit in relayed if credit.kind == "relayed_from")]
    )
    origins = [*declared[:1], *media[-1:], *claimed[:1]]
    return Provenance(
        self_claimed=claimed[0].agent if claimed else UNSET,
        declared_source=_unique(declared),
        origin_guess=origins[0].agent if origins else None,
        chain=chain,
        wire=any(is_medium(credit.agent_id) for credit in declared),
    )


def _opens(credit: Credit) -> bool:
    return credit.kind == "dateline_outlet" or credit.cue[0] < OPENING_CHARS or credit.raw


def _unique(attributed: Sequence[Credit]) -> list[str]:
    agents: dict[str, str] = {}
    for credit in attributed:
        agents.setdefault(credit.agent_id or credit.agent, credit.agent)
    return list(agents.values())

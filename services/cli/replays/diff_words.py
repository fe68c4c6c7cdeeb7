"""What a run changes, in words on one screen: whether it can be trusted, what differs, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.cli.speech import colour, cut, isolate, line, plain, table
from services.cli.story_words import counted, language
from services.replay.comparing.comparison import Comparison, StoryDifference
from services.replay.comparing.documents import Example, FieldTally
from services.replay.comparing.partitions import Kind
from services.replay.comparing.regrouped import Reason, Told

FIELDS, NAMED = 8, 3
"""Fields in the table, and languages or sources that are named, where no more was asked for."""

VERBS: dict[Kind, str] = {"split": "split", "merged": "merge", "moved": "move"}


def show(found: Comparison, examples: int | None) -> None:
    """Print a comparison; *examples* is how many a person asked for, None when nothing was said of it."""
    line(_verdict(found))
    if found.same_makers and found.differences:
        line("  the lanes did not begin with the same memory (warm-up?), something is not deterministic,")
        line("  or code changed and its version did not")
    for stage, (was, now) in found.makers.items():
        if was != now:
            line(f"  {stage}: {plain(' and '.join(was))} → {plain(' and '.join(now))} (version, models)")
    _articles(found)
    if found.fields:
        _fields(found, examples)
    if found.stories is None:
        line("stories: not compared, because a run that leaves articles out cannot have the same ones")
    else:
        _stories(found, found.stories)
    line(next_step(found, examples))


def as_object(found: Comparison) -> dict[str, Any]:
    """Return a comparison as one JSON object; of two sides, the one it is compared with comes first."""
    stories = found.stories
    return {
        "run": found.run,
        "against": found.against,
        "differences": found.differences,
        "trusted": not (found.same_makers and found.differences),
        "same_makers": found.same_makers,
        "makers": found.makers,
        "articles": {
            "same": found.same,
            "differ": found.differ,
            "missing": _by_side(found, [dict(alone) for alone in reversed(found.alone)]),
            "missing_named": _by_side(
                found, [[one._asdict() for one in some] for some in reversed(found.missing)]
            ),
            "on_their_way": _by_side(found, found.waiting),
            "deaths": [
                {"was": was, "now": now, "articles": n} for (was, now), n in found.deaths.most_common()
            ],
        },
        "fields": [{"path": path, **_tally(tally)} for path, tally in found.fields.items()],
        "stories": None if stories is None else _story_object(stories),
        "narrowed": stories is None,
        "next": next_step(found, None),
    }


def next_step(found: Comparison, examples: int | None) -> str:
    """Return what to do next."""
    if found.unfinished:
        return f"Next: let it finish (./khabar replay status {found.run}), then compare again"
    if found.same_makers and found.differences:
        return "Next: find what is not the same before you believe any diff: plan the run with a longer --warm-up, or see the examples above"
    if found.differences and examples is None:
        return f"Next: ./khabar replay diff {found.run}{_against(found)} --examples 5   (--keep: on the page) or: ./khabar replay promote {found.run} --because …"
    return f"Next: ./khabar replay promote {found.run} --because …"


def _against(found: Comparison) -> str:
    return "" if found.against == "live" else f" --against {found.against}"


def _verdict(found: Comparison) -> str:
    sides = f"{found.run} against {found.against}"
    if found.same_makers and found.differences:
        return colour(f"{sides}: same code and models, but {counted(found.differences, 'difference')}", "red")
    if found.unfinished:
        return f"{sides}: not finished; so far {counted(found.differences, 'difference')}"
    if not found.same and not found.differ and not found.differences:
        return f"{sides}: there is nothing to compare"
    return f"{sides}: " + (
        counted(found.differences, "difference") if found.differences else "nothing differs"
    )


def _articles(found: Comparison) -> None:
    line(
        f"articles: {found.same + found.differ:,} on both sides, {found.same:,} the same in all, {found.differ:,} not"
    )
    for name, other, alone in zip(
        (found.against, found.run), (found.run, found.against), found.alone, strict=True
    ):
        if alone:
            whys = ", ".join(f"{n:,} {plain(why)}" for why, n in alone.most_common(NAMED)) + _more(
                len(alone) - NAMED, "other fate"
            )
            line(f"  only in {name}: {alone.total():,}; in {other}: {whys}")
    for name, waiting in zip((found.against, found.run), found.waiting, strict=True):
        if waiting:
            line(f"  on their way in {name}: {waiting:,}, left out")
    for (was, now), n in found.deaths.most_common(NAMED):
        line(f"  linked on neither side: {n:,}; {found.against}: {was}, {found.run}: {now}")


def _fields(found: Comparison, examples: int | None) -> None:
    ranked = list(found.fields.items())
    several = {path for path, tally in ranked[:FIELDS] if examples is None}
    rows = [
        (path, f"{one.articles:,}", *_counts(one), _named(_in_english(one.languages)), _named(one.sources))
        for path, one in ranked
    ]
    table(
        ("field", "articles", "changed", "lost", "gained", "languages", "sources"),
        rows[:FIELDS] if examples is None else rows,
    )
    if several and len(ranked) > FIELDS:
        line(f"  … and {len(ranked) - FIELDS} more fields")
    for path, tally in ranked[:NAMED] if examples is None else ranked:
        for example in tally.examples:
            _example(path, example)


def _counts(tally: FieldTally) -> tuple[str, str, str]:
    return f"{tally.kinds['changed']:,}", f"{tally.kinds['lost']:,}", f"{tally.kinds['gained']:,}"


def _in_english(counts: Counter[str]) -> Counter[str]:
    """Return counts by the English name of each language."""
    return Counter({language(tag): n for tag, n in counts.items()})


def _named(counts: Counter[str]) -> str:
    """Return the largest of *counts*."""
    return ", ".join(f"{plain(cut(name, 16))} {n:,}" for name, n in counts.most_common(2)) + _more(
        len(counts) - 2
    )


def _more(n: int, what: str = "") -> str:
    return f" + {n} {what}".rstrip() + "s" * (bool(what) and n > 1) if n > 0 else ""


def _example(path: str, one: Example) -> None:
    line(
        f"  {path}: {isolate(cut(one.headline, 60))} ({one.doc_id[:8]}, {one.language}, {plain(one.source)})"
    )
    line(f"    {_value(one.was)} → {_value(one.now)}")


def _value(value: str | None) -> str:
    return "nothing" if value is None else isolate(cut(value, 44))


def _stories(found: Comparison, stories: StoryDifference) -> None:
    was, now = stories.agreement.stories
    pairs, b_cubed = stories.agreement.pairs, stories.agreement.b_cubed
    line(f"stories: {was:,} → {now:,}, of the {stories.articles:,} articles on both sides")
    if stories.marks.n:
        line(
            f"  of {counted(stories.marks.n, 'mark')} {found.against} keeps {stories.marks.was:,}, {found.run} {stories.marks.now:,}"
        )
    if not stories.kinds:
        line("  every article is with the same others")
        return
    line(
        f"  of two articles in one story in {found.against} {_share(pairs.recall)} still are; of those in {found.run} {_share(pairs.precision)} were"
    )
    line(
        f"  F of the pairs {pairs.f1:.3f}; B³ {b_cubed.precision:.3f} / {b_cubed.recall:.3f} / {b_cubed.f1:.3f}"
    )
    for kind, ones in stories.kinds.items():
        line(f"  {counted(ones.times, VERBS[kind])}, of {counted(ones.articles, 'article')}")
        for one in ones.told:
            _told(found, one)
        if ones.times > len(ones.told):
            line(f"    … and {ones.times - len(ones.told):,} more")


def _share(value: float) -> str:
    return f"{100 * value:.4g} %"


def _told(found: Comparison, one: Told) -> None:
    docs = f"{isolate(cut(one.headline, 44))} ({counted(one.articles, 'article')})"
    main = f"{isolate(cut(one.main_headline, 44))} ({one.main_articles:,})"
    match one.kind:
        case "split":
            line(f"    {docs} no longer with {main}")
        case "merged":
            line(f"    {docs} now with {main}")
        case _:
            line(f"    {docs} from {main} to {isolate(cut(one.joined_headline or 'a new story', 44))}")
    for name, reason in zip((found.against, found.run), one.reasons, strict=True):
        line(f"      {name}: {one.doc_id[:8]} {_reason(reason)}")


def _reason(one: Reason) -> str:
    words = ", ".join(isolate(cut(word, 30)) for word in one.words)
    needed = f", joins from {one.threshold:.2f}" if one.threshold is not None else ""
    said = {
        "opened": f"opened a story: the nearest was likely by {one.score:.2f}{needed}",
        "joined": f"joined {f'{one.beside[:8]} ' if one.beside else ''}with {one.score:.2f}{needed}",
        "held": "stayed in its story as a later revision",
        "merged": f"came in with a story that was merged ({one.score:.2f})",
        "moved": f"was moved later ({one.score:.2f})",
        "split": f"was split off later (one story by {one.score:.2f})",
    }[one.verb]
    against = one.verb in {"opened", "split"}
    return said + (f"; {'against' if against else 'for'} it: {words}" if words else "")


def _by_side(found: Comparison, values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip((found.against, found.run), values, strict=True))


def _tally(tally: FieldTally) -> dict[str, Any]:
    return {
        "articles": tally.articles,
        "changed": tally.kinds["changed"],
        "lost": tally.kinds["lost"],
        "gained": tally.kinds["gained"],
        "languages": dict(tally.languages.most_common()),
        "sources": dict(tally.sources.most_common()),
        "examples": tally.examples,
    }


def _story_object(stories: StoryDifference) -> dict[str, Any]:
    pairs, b_cubed = stories.agreement.pairs, stories.agreement.b_cubed
    return {
        "articles": stories.articles,
        "stories": stories.agreement.stories,
        "pairs": pairs._asdict(),
        "b_cubed": b_cubed._asdict(),
        "marks": stories.marks._asdict(),
        **{kind: {"times": 0, "articles": 0, "told": []} for kind in VERBS},
        **{kind: one._asdict() for kind, one in stories.kinds.items()},
    }

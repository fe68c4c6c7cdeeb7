"""Stories and reasons in words, from the records as they are: used by story, why, demo and try."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.cli.speech import colour, cut, isolate, line, plain
from shared.records.linked import least_shown

NAMES = {
    "fa": "Persian",
    "ar": "Arabic",
    "en": "English",
    "ur": "Urdu",
    "ckb": "Sorani Kurdish",
    "ps": "Pashto",
    "tr": "Turkish",
}
KINDS = {
    "entity": "name",
    "quote": "quote",
    "number": "number",
    "place": "place",
    "time": "date",
    "title": "headline",
    "fingerprint": "same text",
    "words": "words",
}
AT_ALL = frozenset({"stories", "bias"})  # keys of what speaks against any story
SENTENCES = AT_ALL | {"theme", "pairs"}  # keys of reasons whose label needs no kind before it


def language(tag: str) -> str:
    """Return the English name of a language, or its tag."""
    return NAMES.get(tag, NAMES.get(tag.partition("-")[0], tag))


def story(value: Mapping[str, Any], passed: Iterable[str] = ()) -> None:
    """Print a story as it stands; *passed* are the merged ids that led here."""
    for old in passed:
        line(f"{old} was merged into {value['story_id']}")
    if value.get("split_from"):
        line(f"split from story {value['split_from']}")
    line(f"{colour('story', 'cyan')} {value['story_id']}   {value['status']}, version {value['version']}")
    for lang, headline in value["label"].items():
        line(f"  {language(lang)}: {isolate(cut(headline, 84))}")
    members = value["members"]
    by_lang = ", ".join(f"{n} {language(lang)}" for lang, n in members["by_lang"].items())
    line(f"  {counted(members['n'], 'article')} ({by_lang}) from {plain(', '.join(members['by_source']))}")
    when = value.get("event_date") or "date of the event unknown"
    first = value["first_seen"]
    fetched = f"fetched first {first['at'][:16]} from {plain(first['source'])}"
    line(f"  event {when}; {fetched}; newest article of {value['last_at'][:16]}")
    origins = value["origins"]
    named = "; ".join(f"{one['origin']} ({one['n']})" for one in origins["list"][:5])
    line(
        f"  {counted(origins['n_independent'], 'independent origin')}: {isolate(named)}"
        if named
        else "  origins unknown"
    )
    if value["top_entities"]:
        line("  who and where:")
        for one in value["top_entities"][:8]:
            spelled = " · ".join(isolate(name) for names in one["spellings"].values() for name in names[:3])
            line(f"    {_label(one['label'])}: {spelled}")
    for quote in value["top_quotes"][:3]:
        line(f"  said by {isolate(quote['speaker'] or 'somebody')}:")
        for lang, wording in quote["wording"].items():
            line(f"    {language(lang)}: {isolate('«' + cut(wording['text'], 80) + '»')}")
    for link in value["links_out"][:5]:
        line(f"  {link['relation'].replace('_', ' ')}: story {link['story_id']}")
    line("  articles: " + ", ".join(value["doc_ids"][:8]) + (" …" if len(value["doc_ids"]) > 8 else ""))


def counted(n: int, what: str) -> str:
    """Return «1 article», «2 articles»."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _label(label: Mapping[str, str]) -> str:
    return isolate(label.get("en") or next(iter(label.values()), "?"))


def decision(article: Mapping[str, Any]) -> None:
    """Print why an article is where it is: score, reasons with both articles' words, what spoke against."""
    linked = article["linked"]
    verb = {"joined": "joined", "opened": "opened", "held": "stays in"}[linked["decision"]]
    line(
        f"article {article['doc_id']} ({language(article['language']['lang'])}) {verb} story {linked['story_id']}"
    )
    if linked["evidence"] or "decision" not in linked["why"]:  # else it was not compared
        _compared(linked)
    second = linked.get("runner_up")
    if second:
        words = _against(second["against"])
        line(
            f"  next best: story {second['story_id']}, probability {second['score']:.2f}{f'; against it: {words}' if words else ''}"
        )
    for field, why in linked["why"].items():
        line(f"  {field}: {why}")


def _compared(linked: Mapping[str, Any]) -> None:
    threshold = linked["threshold"]
    line(f"  probability {linked['score']:.2f}; joins from {threshold['value']:.2f} ({threshold['name']})")
    if linked["evidence"]:
        reasons(linked)
    else:
        line("  nothing it was compared with comes near it")


def moved(event: Mapping[str, Any]) -> None:
    """Print how an article came into another story than it had joined."""
    detail = event["detail"]
    if event["event"] == "split":
        line(f"since then story {event['story_id']} was split, and it went to {event['other_id']}")
        alone = " and ".join(f"{p:.2f}" for p in detail["alone"])
        line(
            f"  the two parts are one story with a probability of {detail['score']:.2f}; each by itself is one with {alone}"
        )
    else:
        line(f"since then it was moved from story {event['other_id']} to {event['story_id']}")
        line(
            f"  probability {detail['score']:.2f} there, {detail['margin']:.1f} log-odds above that of the story it left"
        )
    line(f"  against staying: {_against(detail['against'])}")


def _against(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the strongest of what speaks against a story, what speaks against any last."""
    shown = sorted(found, key=lambda one: one["key"] in AT_ALL)[:3]
    return "; ".join(
        isolate(one["label"]) if one["key"] in SENTENCES else f"{_kind(one)} {isolate(one['label'])}"
        for one in shown
    )


def _kind(one: Mapping[str, Any]) -> str:
    return "time" if one["key"] == "gap" else KINDS.get(one["kind"], one["kind"])


def reasons(weighed: Mapping[str, Any]) -> None:
    """Print the strongest that speak for and against: the parts add up to the log-odds of the score."""
    least = least_shown(one["weight"] for one in weighed["evidence"])
    for_it = [one for one in weighed["evidence"] if one["weight"] >= least]
    against = [one for one in weighed["evidence"] if one["weight"] <= -least]
    for one in for_it:
        _reason("+", one, "green")
    for one in against:
        _reason("−", one, "red")
    shown = sum(one["weight"] for one in (*for_it, *against))
    rest = weighed["evidence_rest"] + sum(one["weight"] for one in weighed["evidence"]) - shown
    _sum(rest, "the rest: likeness of the texts as wholes, weaker signs, less what signs say twice")
    _sum(weighed["bias"], "before any reason: it may be any of the live stories, or none of them")


def _sum(weight: float, what: str) -> None:
    if weight:
        line(f"  {'+' if weight > 0 else '−'} {abs(weight):4.1f}  {what}")


def _reason(sign: str, one: Mapping[str, Any], shade: str) -> None:
    line(
        colour(f"  {sign} {abs(one['weight']):4.1f}  {_kind(one):9s}", shade)
        + f" {isolate(cut(one['label'], 70))}"
    )
    if one["text"] or one["other"]["text"]:
        line(f"                  {isolate(cut(one['text'], 60))}")
        line(
            f"                  {isolate(cut(one['other']['text'], 60))}   in {one['other']['doc_id'][:8]} ({language(one['other']['lang'])})"
        )

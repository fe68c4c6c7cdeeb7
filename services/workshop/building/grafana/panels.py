"""What the page for Grafana shows, in its order: every panel with its questions, as data.

It is longer than a module should be, since it is one table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WHOLE_WIDTH = 24
Unit = Literal["s", "cpm", "short", "percentunit", "bytes", "dateTimeFromNow"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question in PromQL and what its answers are called; in a table the name of a column, with the
    column's *unit*.

    The word HERE in a question stands for the choices that a reader makes at the top of the page.
    """

    expr: str
    legend: str
    unit: Unit = "short"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; *limit* draws a line at a promise, in the panel's unit."""

    title: str
    about: str
    unit: Unit
    queries: tuple[Query, ...]
    kind: Literal["timeseries", "table"] = "timeseries"
    width: int = 8
    stacked: bool = False
    limit: float | None = None


AT_THE_STORY = 'khabar_record_age_seconds_bucket{HERE,stage="link",run="live"}'
SILENCE = "(time() - max by (source) (khabar_source_last_record_timestamp_seconds{HERE}))"
LIMIT = "max by (source) (khabar_source_silence_limit_seconds{HERE})"

PANELS = (
    Panel(
        "Articles into stories",
        "Live articles that link has put into a story, and articles taken in by each door, a minute.",
        "cpm",
        (
            Query(
                '60 * sum(rate(khabar_record_age_seconds_count{HERE,stage="link",run="live"}[$__rate_interval]))',
                "linked",
            ),
            Query(
                "60 * sum by (door) (rate(khabar_door_accepted_total{HERE}[$__rate_interval]))",
                "in by {{door}}",
            ),
        ),
    ),
    Panel(
        "Age at the story",
        "How old a live article is when it is in its story, counted from its first sight. Promised: 95 of 100 within 60 s.",
        "s",
        tuple(
            Query(
                f"histogram_quantile({quantile}, sum by (le) (rate({AT_THE_STORY}[$__rate_interval])))", name
            )
            for quantile, name in ((0.5, "half within"), (0.95, "95 of 100 within"))
        ),
        limit=60,
    ),
    Panel(
        "Open stories",
        "Stories that a new article can still join.",
        "short",
        (Query("sum(khabar_stories_open{HERE})", "open stories"),),
    ),
    Panel(
        "Stages",
        "The flow from top to bottom. Rates are a minute; lag is measured from outside, in live alone; p95 is the time for one record.",
        "short",
        (
            Query('sum by (stage) (khabar_lanes{HERE,state="owned"})', "lanes"),
            Query(
                "60 * sum by (stage) (rate(khabar_records_consumed_total{HERE}[$__rate_interval]))",
                "read",
                "cpm",
            ),
            Query(
                "60 * sum by (stage) (rate(khabar_records_dead_lettered_total{HERE}[$__rate_interval]))",
                "dead",
                "cpm",
            ),
            Query(
                "histogram_quantile(0.95, sum by (stage, le) (rate(khabar_record_duration_seconds_bucket{HERE}[$__rate_interval])))",
                "p95",
                "s",
            ),
            Query('max by (stage) (khabar_consumer_lag_seconds{HERE,run="live"})', "lag", "s"),
            Query('sum by (stage) (khabar_consumer_lag_records{HERE,run="live"})', "waiting"),
            Query("sum by (stage) (khabar_records_in_flight{HERE})", "in flight"),
            Query(
                "1000 * max by (stage) (khabar_last_record_timestamp_seconds{HERE})",
                "last record",
                "dateTimeFromNow",
            ),
        ),
        kind="table",
        width=WHOLE_WIDTH,
    ),
    Panel(
        "Lag",
        "Age of the oldest record that a stage has not finished, measured from outside. 0 when nothing waits.",
        "s",
        (Query("max by (stage, run) (khabar_consumer_lag_seconds{HERE})", "{{stage}} {{run}}"),),
        limit=300,
    ),
    Panel(
        "How records end",
        "Records a minute by how they ended. «rolled_back» were given back with their transaction and are read again.",
        "cpm",
        (
            Query(
                "60 * sum by (stage, outcome) (rate(khabar_records_finished_total{HERE}[$__rate_interval]))",
                "{{stage}} {{outcome}}",
            ),
        ),
    ),
    Panel(
        "Sums that do not add up",
        "Records read and ended nowhere, and records that Kafka deleted unread. Both must be 0.",
        "short",
        (
            Query("sum by (stage) (khabar_identity_gap_records{HERE})", "{{stage}} unaccounted"),
            Query(
                "sum by (stage) (increase(khabar_records_expired_total{HERE}[$__rate_interval]))",
                "{{stage}} deleted unread",
            ),
        ),
    ),
    Panel(
        "Dead letters",
        "Records a minute that a stage could not process, and what the doors refused, by reason.",
        "cpm",
        (
            Query(
                "60 * sum by (stage, reason) (rate(khabar_records_dead_lettered_total{HERE}[$__rate_interval])) > 0",
                "{{stage}} {{reason}}",
            ),
            Query(
                "60 * sum by (door, reason) (rate(khabar_door_refused_total{HERE}[$__rate_interval])) > 0",
                "{{door}} {{reason}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Nothing new",
        "Records a minute that say nothing new, by reason: known pages, older revisions, what a run did not ask for.",
        "cpm",
        (
            Query(
                "60 * sum by (stage, reason) (rate(khabar_records_dropped_total{HERE}[$__rate_interval]))",
                "{{stage}} {{reason}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Warnings",
        "What records say was doubtful while they were made, a minute, by code.",
        "cpm",
        (
            Query(
                "60 * sum by (stage, code) (rate(khabar_warnings_total{HERE}[$__rate_interval])) > 0",
                "{{stage}} {{code}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Transactions",
        "How long a transaction takes (95 of 100), by how it ended.",
        "s",
        (
            Query(
                "histogram_quantile(0.95, "
                "sum by (stage, result, le) (rate(khabar_transaction_duration_seconds_bucket{HERE}[$__rate_interval])))",
                "{{stage}} {{result}}",
            ),
        ),
    ),
    Panel(
        "Fencings and slots",
        "Lanes that lost their producer to another owner, and processes that were killed or crashed. A few after a restart are usual.",
        "short",
        (
            Query(
                "sum by (stage) (increase(khabar_lanes_fenced_total{HERE}[$__rate_interval]))",
                "{{stage}} fenced",
            ),
            Query(
                "sum by (stage) (increase(khabar_slot_deaths_total{HERE}[$__rate_interval]))",
                "{{stage}} slots died",
            ),
        ),
    ),
    Panel(
        "Lanes",
        "What the lanes do. «restoring» ends when the records still to read are 0; «halted» needs somebody.",
        "short",
        (
            Query("sum by (stage, state) (khabar_lanes{HERE}) > 0", "{{stage}} {{state}}"),
            Query(
                "sum by (stage) (khabar_restore_remaining_records{HERE}) > 0", "{{stage}} still to restore"
            ),
        ),
    ),
    Panel(
        "Languages",
        "Articles a minute by language; rare ones as «other».",
        "cpm",
        (Query("60 * sum by (lang) (rate(khabar_articles_total{HERE}[$__rate_interval])) > 0", "{{lang}}"),),
        stacked=True,
    ),
    Panel(
        "How sure of the language",
        "Share of articles by how sure their language is: high from 0.95 on, mid from 0.7 on.",
        "percentunit",
        (
            Query(
                "sum by (confidence_band) (rate(khabar_articles_total{HERE}[$__rate_interval])) / ignoring (confidence_band) group_left () "
                "(sum(rate(khabar_articles_total{HERE}[$__rate_interval])) > 0)",
                "{{confidence_band}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Link margins",
        "How clear the decision about two articles was, by both languages: the tenth of them that was least clear lies below the line.",
        "percentunit",
        (
            Query(
                "histogram_quantile(0.1, sum by (lang_pair, le) (rate(khabar_link_margin_bucket{HERE}[$__rate_interval])))",
                "{{lang_pair}}",
            ),
        ),
    ),
    Panel(
        "Quality",
        "Signs of bad input or bad work, each as a share of the latest 1,000 articles.",
        "percentunit",
        (Query("avg by (kind) (khabar_quality_ratio{HERE})", "{{kind}}"),),
    ),
    Panel(
        "Sources gone silent",
        "Sources silent for longer than their own limit, the longest first.",
        "short",
        (
            Query(f"{SILENCE} > {LIMIT}", "silent for", "s"),
            Query(f"{LIMIT} < {SILENCE}", "its limit", "s"),
        ),
        kind="table",
    ),
    Panel(
        "Polled feeds",
        "Feeds by how their last poll ended, and for how long the feed that waits longest has been due (in minutes).",
        "short",
        (
            Query("sum by (state) (khabar_feeds{HERE})", "{{state}}"),
            Query("max(khabar_feed_overdue_seconds{HERE}) / 60", "minutes overdue"),
        ),
    ),
    Panel(
        "Polls",
        "Polls of feeds a minute by how they ended.",
        "cpm",
        (
            Query(
                "60 * sum by (outcome) (rate(khabar_feed_polls_total{HERE}[$__rate_interval])) > 0",
                "{{outcome}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Doors",
        "How long a door waits for the broker's word on an article (95 of 100), and how far clean is behind while a door holds back for it.",
        "s",
        (
            Query(
                "histogram_quantile(0.95, sum by (door, le) (rate(khabar_door_delivery_seconds_bucket{HERE}[$__rate_interval])))",
                "{{door}}",
            ),
            Query("max by (door) (khabar_door_wait_seconds{HERE}) > 0", "{{door}} holds back"),
        ),
    ),
    Panel(
        "HTTP answers",
        "Requests a minute that the HTTP door has answered, by status.",
        "cpm",
        (
            Query(
                "60 * sum by (status) (rate(khabar_ingest_answers_total{HERE}[$__rate_interval])) > 0",
                "{{status}}",
            ),
        ),
        stacked=True,
    ),
    Panel(
        "Articles on their way in",
        "Articles that a door has handed over and the broker has not confirmed.",
        "short",
        (Query("sum by (door) (khabar_door_in_flight{HERE})", "{{door}}"),),
    ),
    Panel(
        "Archive",
        "Records a minute that the archive has entered, and articles that it has let go.",
        "cpm",
        (
            Query(
                "60 * sum by (kind) (rate(khabar_archive_entered_total{HERE}[$__rate_interval]))", "{{kind}}"
            ),
            Query("60 * sum(rate(khabar_archive_removed_total{HERE}[$__rate_interval])) > 0", "let go"),
            Query(
                "60 * sum(rate(khabar_archive_unreadable_total{HERE}[$__rate_interval])) > 0", "passed over"
            ),
        ),
    ),
    Panel(
        "Archive behind",
        "How long ago the archive last held all that its topics did, the records before it, and 1 while another file is being built.",
        "short",
        (
            Query("time() - max(khabar_archive_current_seconds{HERE} > 0)", "behind", "s"),
            Query("max(khabar_archive_behind_records{HERE})", "records before it"),
            Query("max(khabar_archive_building{HERE})", "building"),
        ),
    ),
    Panel(
        "Archive size",
        "Size of the archive's file, and the articles in it.",
        "short",
        (
            Query("max(khabar_archive_size_bytes{HERE})", "size", "bytes"),
            Query("max(khabar_archive_articles{HERE})", "articles"),
        ),
    ),
    Panel(
        "Page",
        "Requests a minute that the page has answered, by page, and those that failed.",
        "cpm",
        (
            Query(
                "60 * sum by (page) (rate(khabar_web_answers_total{HERE}[$__rate_interval])) > 0", "{{page}}"
            ),
            Query(
                '60 * sum(rate(khabar_web_answers_total{HERE,status=~"5.."}[$__rate_interval])) > 0', "failed"
            ),
        ),
    ),
    Panel(
        "Page: time to answer",
        "The time within which 95 of 100 requests are answered, by page. The first page should take a tenth of a second.",
        "s",
        (
            Query(
                "histogram_quantile(0.95, sum by (page, le) (rate(khabar_web_answer_duration_seconds_bucket{HERE}[$__rate_interval])))",
                "{{page}}",
            ),
        ),
    ),
    Panel(
        "Page: browsers that follow",
        "Browsers with an open stream, and streams a minute that were ended because the browser did not read.",
        "short",
        (
            Query("sum(khabar_web_streams{HERE})", "streams"),
            Query(
                "60 * sum(rate(khabar_web_streams_dropped_total{HERE}[$__rate_interval])) > 0",
                "dropped a minute",
            ),
        ),
    ),
    Panel(
        "Memory",
        "Resident memory of each worker's own process; its slots are processes beside it and not in this figure.",
        "bytes",
        (Query("process_resident_memory_bytes{HERE}", "{{instance}}"),),
    ),
    Panel(
        "CPU",
        "Cores that each worker's own process uses, its slots not counted.",
        "short",
        (Query("rate(process_cpu_seconds_total{HERE}[$__rate_interval])", "{{instance}}"),),
    ),
    Panel(
        "What runs",
        "Version and model of each worker.",
        "short",
        (Query("max by (instance, version, model) (khabar_build_info{HERE})", "runs"),),
        kind="table",
    ),
)

"""The rights of all principals as a script of ``kafka-acls``, Kafka's own command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import groupby

from shared.wire.rights import PRINCIPALS, Right, rights


def script(run: str, pattern: str) -> str:
    """Return the script for *run*; *pattern* with ``{name}`` in it says how a principal is called.

    Whoever runs it says which broker.
    """
    head = [
        "#!/bin/sh",
        f"# What the principals of Khabar may do in run {run}: made by khabar topics acl, from shared/wire/topics.py.",
        "# sh acl.sh --bootstrap-server host:port --command-config admin.properties",
        "set -eu",
    ]
    return "\n".join([*head, *(line for words in _lines(run, pattern) for line in words)]) + "\n"


def commands(run: str, pattern: str) -> list[list[str]]:
    """Return the arguments of each call of ``kafka-acls``, one for all rights of one kind.

    Those that name the broker are left out.
    """
    calls = []
    for (principal, kind, operation, prefixed), same in groupby(
        sorted(rights(run), key=_alike),
        key=lambda right: (right.principal, right.kind, right.operation, right.prefixed),
    ):
        names = [argument for right in same for argument in (f"--{kind}", right.name)]
        pattern_type = ["--resource-pattern-type", "prefixed"] if prefixed else []
        calls.append(
            [
                "--add",
                "--allow-principal",
                pattern.format(name=principal),
                "--operation",
                operation,
                *pattern_type,
                *names,
            ]
        )
    return calls


def _alike(right: Right) -> tuple[object, ...]:
    return (list(PRINCIPALS).index(right.principal), right.kind, right.operation, right.prefixed, right.name)


def _lines(run: str, pattern: str) -> Iterator[list[str]]:
    last_name = ""
    for words in commands(run, pattern):
        user = words[2]
        name = next(name for name in PRINCIPALS if pattern.format(name=name) == user)
        yield [
            *([] if name == last_name else ["", f"# {PRINCIPALS[name]}"]),
            f'kafka-acls.sh "$@" {shlex.join(words)}',
        ]
        last_name = name

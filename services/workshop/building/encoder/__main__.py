"""Commands: ``build`` the artefact, ``means`` and ``selftest`` for the shipped data, ``cache`` the vectors of
a stream.

python -m services.workshop.building.encoder build [--cache DIR] [--model DIR] python -m
services.workshop.building.encoder means --data DIR        # folder with ntrex-dev/ and lexicon/; --model as
above python -m services.workshop.building.encoder selftest [--model DIR] python -m
services.workshop.building.encoder cache --data stream.jsonl.gz --out DIR
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from services.workshop.building.encoder import means, stream_cache
from shared.encoder import artefact, sentence_encoder, source
from shared.encoder.engines import OpenVino
from shared.encoder.packed_weights import EncoderMissing


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  a command talks


def main() -> int:
    """Run one command; 1 when something it needs is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m services.workshop.building.encoder",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("command", choices=("build", "means", "selftest", "cache"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cache", type=Path, default=artefact.default_cache())
    parser.add_argument(
        "--model", type=Path, help="folder with the model.bin of another model, default: the shipped one"
    )
    a = parser.parse_args()
    try:
        model_used = source.unmeasured(a.model) if a.model else source.SHIPPED
        if a.command == "build":
            artefact.check(artefact.ensure(a.cache, _say, model_used))
        elif a.command == "selftest":
            means.write_self_test(model_used)
        elif a.command == "means" and a.data:
            means.write_means(a.data, OpenVino(artefact.ensure(a.cache, _say, model_used)), _say, model_used)
        elif a.command == "cache" and a.data and a.out:
            stream_cache.fill(a.data, a.out, sentence_encoder.load(a.cache, report=_say, model=a.model), _say)
        else:
            parser.error(f"{a.command} needs --data{' and --out' * (a.command == 'cache')}")
    except EncoderMissing as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Where the checkout lies, for verbs and workshop: they read the tests' seeds, stream, floors and gold."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "tests" / "seeds"
STREAM = ROOT / "tests" / "demo" / "three_days.jsonl"

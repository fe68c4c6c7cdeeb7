"""The HTTP door's document is OpenAPI 3.1, by the official schema (schemathesis carries it); that the door
keeps to it is tested beside it.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import schemathesis

from services.feed.ingest.openapi_document import document


@pytest.mark.parametrize("guarded", [True, False])
def test_the_official_schema_takes_it_and_would_not_take_another(guarded: bool) -> None:
    made: dict[str, Any] = orjson.loads(document(guarded=guarded))
    schemathesis.openapi.from_dict(made).validate()
    made["paths"]["/v1/articles"]["post"]["responses"] = []
    with pytest.raises(Exception, match="is not of type"):
        schemathesis.openapi.from_dict(made).validate()

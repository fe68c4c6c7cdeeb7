"""The bill of materials in CycloneDX 1.6: every locked part with its version, its hashes and its licence.

The same locks give the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from services.workshop.supply.locked_parts import IN_THE_JAR, UNKNOWN, Part
from shared.version import VERSION

SCOPES = {
    "engine": ComponentScope.REQUIRED,
    "broker": ComponentScope.OPTIONAL,
    "work": ComponentScope.EXCLUDED,
}
ITSELF = "khabar"


def bill(parts: Sequence[Part]) -> str:
    """Return the document of *parts* as JSON. Their scope says where they are used: the engine, the embedded
    broker, or only work on it.
    """
    itself = Component(
        name=ITSELF,
        version=VERSION,
        type=ComponentType.APPLICATION,
        bom_ref=ITSELF,
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    made = Bom(components=map(_component, parts), metadata=BomMetaData(component=itself))
    made.serial_number = uuid.uuid5(uuid.NAMESPACE_OID, repr(parts))
    made.metadata.timestamp = None  # type: ignore[assignment]  # of no use where the locks say all, and two bills of them should not differ
    made.register_dependency(itself, made.components)
    return make_outputter(made, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def _component(part: Part) -> Component:
    group, _, name = part.name.rpartition(":")
    purl = PackageURL(part.kind, group or None, name, part.version)
    known = part.licence not in (UNKNOWN, IN_THE_JAR)
    return Component(
        name=name,
        group=group or None,
        version=part.version,
        bom_ref=purl.to_string(),
        purl=purl,
        scope=SCOPES[part.where],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in part.sha256],
        licenses=[LicenseFactory().make_from_string(part.licence)] if known else (),
    )

"""Extract's packaged data: sources, the builds that make artefacts of them, and the artefacts."""

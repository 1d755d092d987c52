"""From the reference tables of verified codes to the files of ``rules/concepts``.

``python -m cds_service.concepts.derive REFERENCE_DIR`` writes them again, sorted, so that a change of a
table shows as a change of lines. The service itself never runs this.
"""

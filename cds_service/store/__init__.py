"""What the service keeps: used tokens, cards shown, feedback, and the audit trail.

SQLite in the data directory, or PostgreSQL, which several machines can share (``docs/deploying.md``). No
patient identifier is kept in clear: a patient is a keyed hash, see :mod:`.keyed_hash`.
"""

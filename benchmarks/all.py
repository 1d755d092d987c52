"""Every measurement in turn, and one table of them: ``make bench``."""

from __future__ import annotations

import engine
import hook_call
import many_trials
import start
from charts import SIZES
from measure import told

if __name__ == "__main__":
    told([*hook_call.rows(list(SIZES)), *engine.rows(), *many_trials.rows([5, 50, 500]), *start.rows()])

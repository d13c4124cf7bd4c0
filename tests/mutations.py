"""How many mutations a hostile test tries: a hundred thousand; ``make faults`` asks for a million."""

import os

MUTATIONS = int(os.environ.get("POWERTILL_MUTATIONS", "100000"))

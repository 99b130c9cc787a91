"""The camera's log: one JSON object a line on stderr."""

import json
import sys
import time

T0 = time.monotonic()


def log(event, **fields):
    fields.update(t=round(time.monotonic() - T0, 3), event=event)
    print(json.dumps(fields, sort_keys=True), file=sys.stderr, flush=True)

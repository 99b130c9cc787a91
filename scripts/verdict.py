"""What was asked, what was measured, and whether that is enough."""
import numpy as np


class Verdict:
    """What was asked, what was measured, and whether that is enough."""

    def __init__(self):
        self.rows = []

    def judge(self, what, value, limit, good):
        self.rows.append((what, value, limit, "ok" if good else "MISSED"))

    def figures(self, rows, own):
        """Judges rows of (what, measured, limit, unit, whether more is better). Where a limit is missed,
        `own` tells what the reference reaches against itself, in rows alike; a quarter more apart than
        that is the limit, and of a share its standard error besides: both are counted on few frames."""
        missed = [(v < limit) if more else (v > limit) for _, v, limit, _, more in rows]
        reached = {what: v for what, v, *_ in own()} if any(missed) else {}
        shares = [v for what, v in reached.items() if "found by" in what]
        reached |= {what: min(shares) for what in reached if "found by" in what}
        for (what, value, limit, unit, more), bad in zip(rows, missed):
            asked = limit
            if bad and what in reached:
                least = reached[what]
                if unit.startswith(" %") and more:
                    part = min(max(least / 100, 0), 1)
                    least -= 0.25 * (100 - least)
                    least -= 100 * (part * (1 - part) / max(int(unit.split()[-1]), 1)) ** 0.5
                elif not more:
                    least *= 1.25
                asked = min(limit, least) if more else max(limit, least)
            digits = 2 if unit.startswith(" %") else 4
            value, least = round(float(value), digits), round(float(asked), digits)
            self.judge(what, f"{value:.{digits}f}{unit}",
                       f"{'>=' if more else '<='} {asked:.{digits}f}"
                       + (" (by the reference's own)" if asked != limit else ""),
                       value >= least if more else value <= least)

    def table(self):
        rows = [("what", "measured", "asked", "")] + self.rows
        widths = [max(len(r[i]) for r in rows) for i in range(4)]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        return all(row[3] == "ok" for row in self.rows)


def share(what, part, whole, asked):
    """A row of a share in per cent."""
    return (what, 100 * part / whole if whole else 0, asked, f" % of {whole}", True)


def percentiles(what, values, median, most):
    """Rows of the middle one and of 95 % of differences."""
    if not len(values):
        return []
    half, many = np.percentile(values, [50, 95])
    return [(f"{what}, median", half, median, "", False),
            (f"{what}, 95 % within", many, most, "", False)]

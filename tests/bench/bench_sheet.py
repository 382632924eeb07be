"""Tear sheets by numpy, for bench_sheet: FILE (returns name by name, then the benchmark, doubles), names, days, window, rounds.
A part of what the program works out: the figures people look at first, underwater curve, rolling Sharpe ratio and volatility.
Prints: sheets, median, smallest, largest milliseconds, sum of all Sharpe ratios, of all deepest falls, of the last rolling volatilities."""
import sys
import time

import numpy as np

names, days, window, rounds = (int(a) for a in sys.argv[2:6])
data = np.fromfile(sys.argv[1])
series, bench = data[: names * days].reshape(names, days), data[names * days :]
A = 252.0


def sheet(r):
    level = np.cumprod(1 + r)
    peak = np.maximum(np.maximum.accumulate(level), 1)
    under = level / peak - 1
    sd = r.std(ddof=1)
    down = np.sqrt(np.mean(np.minimum(r, 0) ** 2)) * np.sqrt(A)
    year = level[-1] ** (A / len(r)) - 1
    q05, q95 = np.quantile(r, [0.05, 0.95])
    c = np.cov(r, bench)
    m = r - r.mean()
    m2, m3, m4 = (m**2).mean(), (m**3).mean(), (m**4).mean()
    up = bench > 0
    figures = [
        year, sd * np.sqrt(A), r.mean() * A / down, year / abs(under.min()), r[r > 0].sum() / -r[r < 0].sum(), q05, abs(q95 / q05),
        np.sort(r)[: int((len(r) - 1) * 0.05) + 1].mean(), c[0, 1] / c[1, 1], (1 + (r - c[0, 1] / c[1, 1] * bench).mean()) ** A - 1,
        (r - bench).mean() / (r - bench).std(ddof=1), m3 / m2**1.5, m4 / m2**2, np.sqrt((under**2).mean()), np.abs(under).mean(),
        np.prod(1 + r[up]) ** (A / up.sum()) - 1, np.prod(1 + r[~up]) ** (A / (~up).sum()) - 1,
    ]
    w = np.lib.stride_tricks.sliding_window_view(r, window)
    wsd = w.std(axis=1, ddof=1)
    rolling = w.mean(axis=1) / wsd * np.sqrt(A)
    return r.mean() / sd * np.sqrt(A), under.min(), wsd[-1] * np.sqrt(A), figures, rolling


took = []
for _ in range(rounds):
    began = time.perf_counter()
    sheets = [sheet(r) for r in series]
    took.append((time.perf_counter() - began) * 1e3)
took.sort()
print("sheets", took[len(took) // 2], took[0], took[-1], *(repr(float(sum(s[i] for s in sheets))) for i in range(3)))

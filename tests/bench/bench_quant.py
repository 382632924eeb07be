"""The same figures by numpy, for bench_quant: FILE (returns row by row, then market values, doubles), rows, cols, paths, rounds.
Prints for each figure: name, median, smallest, largest milliseconds, value."""
import sys
import time

import numpy as np

rows, cols, paths, rounds = (int(a) for a in sys.argv[2:6])
data = np.fromfile(sys.argv[1])
returns, mv = data[: rows * cols].reshape(rows, cols), data[rows * cols :]


def historical():
    pnl = returns @ mv
    tail = np.sort(pnl)[: int((rows - 1) * 0.01) + 1]
    return -np.quantile(pnl, 0.01), -tail.mean()


def covariance():
    return np.cov(returns, rowvar=False)[0, 0]


def monte_carlo():
    factor = np.linalg.cholesky(np.cov(returns, rowvar=False))
    pnl = np.random.default_rng(7).standard_normal((paths, cols)) @ (factor.T @ mv)
    return -np.quantile(pnl, 0.01)


def measure(name, figure, times):
    took = []
    for _ in range(times):
        began = time.perf_counter()
        value = figure()
        took.append((time.perf_counter() - began) * 1e3)
    took.sort()
    value = value[0] if isinstance(value, tuple) else value
    print(name, took[len(took) // 2], took[0], took[-1], repr(float(value)))


measure("historical", historical, rounds * 20)
measure("covariance", covariance, rounds * 4)
measure("monte-carlo", monte_carlo, rounds)

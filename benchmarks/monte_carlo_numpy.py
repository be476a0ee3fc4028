#!/usr/bin/python3
"""The peer of benchmark_monte_carlo: the same evaluation in vectorised numpy, written as one who knows numpy does it
(default_rng with ziggurat normals, partition instead of nothing: both intervals need the sorted values).

usage: monte_carlo_numpy.py mass|gauge-block|pressure TRIALS [check]      prints milliseconds, the median of three
"""
import sys
import time

import numpy as np


def mass(rng, n):
    m_Rc = rng.normal(100000, 0.05, n)
    dm_Rc = rng.normal(1.234, 0.02, n)
    rho_a = rng.uniform(1.1, 1.3, n)
    rho_W = rng.uniform(7000, 9000, n)
    rho_R = rng.uniform(7950, 8050, n)
    return (m_Rc + dm_Rc) * (1 + (rho_a - 1.2) * (1 / rho_W - 1 / rho_R)) - 100000


def curvilinear(rng, a, b, d, n):
    low = (a - d) + 2 * d * rng.random(n)
    high = (a + b) - low
    return low + (high - low) * rng.random(n)


def gauge_block(rng, n):
    L_S = 50000623 + 25 * rng.standard_t(18, n)
    D = 215 + 6 * rng.standard_t(24, n)
    d1 = 4 * rng.standard_t(5, n)
    d2 = 7 * rng.standard_t(8, n)
    alpha_S = rng.uniform(9.5e-6, 13.5e-6, n)
    theta0 = rng.normal(-0.1, 0.2, n)
    Delta = 0.5 * np.sin(2 * np.pi * rng.random(n))
    d_alpha = curvilinear(rng, -1e-6, 1e-6, 1e-7, n)
    d_theta = curvilinear(rng, -0.05, 0.05, 0.025, n)
    theta = theta0 + Delta
    return (L_S * (1 + alpha_S * (theta - d_theta)) + D + d1 + d2) / (1 + (alpha_S + d_alpha) * theta) - 50000000


def pressure(rng, n):
    m = rng.normal(50, 5e-5, n)
    g = rng.normal(9.80665, 1e-6, n)
    ra = rng.uniform(1.18, 1.22, n)
    rm = rng.uniform(7900, 7940, n)
    th = rng.uniform(-0.0005, 0.0005, n)
    A0 = rng.normal(9.8e-5, 1e-9, n)
    al = rng.uniform(8.6e-6, 9.6e-6, n)
    t = rng.normal(21.3, 0.1, n)
    rf = rng.uniform(910, 914, n)
    h = rng.normal(0.05, 0.001, n)
    return m * g * (1 - ra / rm) * np.cos(th) / (A0 * (1 + al * (t - 20))) + rf * np.exp(-7e-4 * (t - 20)) * g * h


MODELS = {"mass": (mass, 0.95), "gauge-block": (gauge_block, 0.99), "pressure": (pressure, 0.95)}


def evaluate(name, trials, seed):
    model, p = MODELS[name]
    y = model(np.random.default_rng(seed), trials)
    mean = y.mean()
    u = y.std(ddof=1)
    y.sort()
    q = int(p * trials + 0.5)
    r = (trials - q) // 2
    symmetric = (y[r - 1], y[r - 1 + q])
    lengths = y[q:] - y[: trials - q]
    k = int(lengths.argmin())
    return mean, u, symmetric, (y[k], y[k + q])


if __name__ == "__main__":
    name, trials = sys.argv[1], int(sys.argv[2])
    if sys.argv[3:] == ["check"]:
        print(evaluate(name, trials, 1))
        sys.exit()
    evaluate(name, trials, 0)
    times = []
    for seed in range(1, 4):
        start = time.perf_counter()
        evaluate(name, trials, seed)
        times.append(1000 * (time.perf_counter() - start))
    print(f"{sorted(times)[1]:.3f}")

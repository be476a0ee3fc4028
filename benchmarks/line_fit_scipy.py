#!/usr/bin/python3
"""The same line through the same points by scipy.odr: benchmark peer of line_fit.cpp. Prints the median in microseconds.

usage: line_fit_scipy.py N
"""
import sys
import time

import numpy
import scipy.odr

count = int(sys.argv[1])
index = numpy.arange(count)
x = 10.0 * index / (count - 1)
first = numpy.fmod(0.6180339887498949 * (index + 1), 1.0) - 0.5
second = numpy.fmod(0.7548776662466927 * (index + 1), 1.0) - 0.5
y = 1 + 2 * x + 0.34 * second
x = x + 0.17 * first
model = scipy.odr.Model(
    lambda b, x: b[0] + b[1] * x,
    fjacb=lambda b, x: numpy.vstack([numpy.ones_like(x), x]),
    fjacd=lambda b, x: numpy.full_like(x, b[1]),
)
ux = numpy.full(count, 0.05)
uy = numpy.full(count, 0.1)
times = []
for _ in range(21):
    start = time.perf_counter()
    data = scipy.odr.RealData(x, y, sx=ux, sy=uy)
    output = scipy.odr.ODR(data, model, beta0=[0.0, 1.0]).run()
    times.append(time.perf_counter() - start)
print(output.beta, file=sys.stderr)
print(round(sorted(times)[len(times) // 2] * 1e6, 2))

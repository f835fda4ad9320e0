"""
In C, learning on a device
==========================

A network that goes on learning where there is no Python.

A gas sensor is calibrated on the desk: from four raw readings a network estimates the
concentration. Then it is written as C, `net.c`, with the learning step. On the device (here a
program that this machine's C compiler makes) the sensor ages, its readings drift, and now and then
a reference value comes in, from which the network learns. What it has become there is read back
into Python in the end.

Run ``python examples/on_device.py`` (or name a folder for the files).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from fastbp import BackpropRegressor
from fastbp.export import from_c_weights, to_c

DEVICE = """\
#include <stdio.h>
#include "net.c"

int main(void)
{
    FILE *rows = fopen("rows.bin", "rb"), *weights = fopen("weights.bin", "wb");
    float row[NET_INPUTS + 1], y, calibrated = 0, learning = 0;
    net_network fixed = net_trained; /* a copy that stays as it was on the desk */
    int n = 0;
    if (!rows || !weights) return 1;
    while (fread(row, sizeof row, 1, rows) == 1) {
        const float *target = row + NET_INPUTS;
        net_predict(&fixed, row, &y);
        calibrated += fabsf(y - *target);
        net_predict(&net_trained, row, &y);
        learning += fabsf(y - *target);
        net_learn(&net_trained, row, target);
        if (++n % 500 == 0) {
            printf("  %5d %12.1f %12.1f\\n", n, calibrated / 500, learning / 500);
            calibrated = learning = 0;
        }
    }
    return fwrite(&net_trained, sizeof net_trained, 1, weights) != 1 || fclose(weights);
}
"""


def sensor(concentration, age, rng):
    """Return four readings: each saturates at its own level, drifts, and is noisy."""
    level = np.array([30.0, 80.0, 200.0, 600.0])
    gain, offset = 1 - np.outer(age, [0.5, 0.4, 0.2, 0.1]), np.outer(age, [0.05, 0.1, 0.2, 0.1])
    readings = gain * concentration[:, None] / (concentration[:, None] + level) + offset
    return (readings + rng.normal(0, 0.003, readings.shape)).astype(np.float32)


rng = np.random.default_rng(0)
concentration = rng.uniform(5, 400, 6000).astype(np.float32)
desk, later = slice(0, 3000), slice(3000, 6000)
X = sensor(concentration, np.r_[np.zeros(3000), np.linspace(0, 1, 3000)], rng)

model = BackpropRegressor((16,), random_state=0).fit(X[desk], concentration[desk])
print(f"on the desk: mean error {np.abs(model.predict(X[desk]) - concentration[desk]).mean():.1f}")

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
folder.mkdir(exist_ok=True)
to_c(model, folder / "net.c", learn=True)
(folder / "device.c").write_text(DEVICE)
np.column_stack([X[later], concentration[later]]).astype(np.float32).tofile(folder / "rows.bin")
print(f"wrote net.c and device.c to {folder}")

compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
if compiler is None:
    sys.exit("There is no C compiler: compile them elsewhere, cc -std=c99 -O2 device.c -lm")
command = [compiler, "-std=c99", "-Wall", "-O2", "device.c", "-o", "device", "-lm"]
subprocess.run(command, cwd=folder, check=True)
print("on the device, mean error of the last 500 rows:\n   rows   calibrated     learning")
sys.stdout.flush()
subprocess.run([str(folder / "device")], cwd=folder, check=True)

aged = from_c_weights(model, folder / "weights.bin")
last = slice(5950, 6000)
error = np.abs(aged.predict(X[last]) - concentration[last]).mean()
print(f"read back: mean error of the last 50 rows {error:.1f}")
for x, y in zip(X[later], concentration[later], strict=True):
    model.learn_one(x, float(y))
difference = np.abs(aged.predict(X[last]) / model.predict(X[last]) - 1).max()
print(f"learned in Python instead: the same but for {difference:.0e}")
if difference > 1e-4:
    sys.exit("The network in C has learned something else.")

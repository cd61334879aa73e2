#!/usr/bin/env python3
"""Writes meta_fixtures.inc: what statsmodels says of several runs together.

    python3 tests/statistics/make_meta_fixtures.py > tests/statistics/meta_fixtures.inc

Needed only to change the fixtures (Debian: python3-scipy, python3-statsmodels). Cochran's Q of the
BCG trials and their tau^2 are those of R's metafor: rma(yi, vi, data=dat.bcg, method="PM") prints
Q(df = 12) = 152.2330 and tau^2 = 0.3181.
"""

import math

import numpy
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.regression.linear_model import WLS
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.oneway import anova_oneway

RANDOM = numpy.random.default_rng(20240602)

# Trials of the BCG vaccine (Colditz et al. 1994, dat.bcg of metafor): ill and well, vaccinated and not.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]


def number(value):
    return repr(float(value))


def numbers(values):
    return "{" + ", ".join(number(value) for value in values) + "}"


def table(name, struct, rows):
    print(f"const std::vector<{struct}> {name} = {{")
    for row in rows:
        print("    {" + ", ".join(row) + "},")
    print("};\n")


def tau_squared_of(effects, variances):
    """Paule and Mandel: the root of Q(tau^2) = k - 1, found by SciPy."""
    def excess(tau_squared):
        weights = 1 / (variances + tau_squared)
        mean = (weights * effects).sum() / weights.sum()
        return (weights * (effects - mean) ** 2).sum() - (len(effects) - 1)

    if excess(0) <= 0:
        return 0.0
    return optimize.brentq(excess, 0, 10 * (effects.max() - effects.min()) ** 2, xtol=1e-18, rtol=1e-14)


def pooled(effects, variances):
    """The wider of Hartung-Knapp's and the fixed-effect interval, and what belongs to it."""
    q = combine_effects(effects, variances, method_re="chi2").q
    k = len(effects)
    tau_squared = tau_squared_of(effects, variances)
    weights = 1 / (variances + tau_squared)
    model = WLS(effects, numpy.ones(k), weights).fit()  # its standard error is Hartung and Knapp's
    mean, error = model.params[0], model.bse[0]
    t = stats.t.ppf(0.975, k - 1)
    half = max(t * error, stats.norm.ppf(0.975) / math.sqrt((1 / variances).sum()))
    p = 2 * stats.t.sf(abs(mean) / (half / t), k - 1)
    return mean, math.sqrt(tau_squared), max(0, (q - (k - 1)) / q), q, mean - half, mean + half, p


def runs():
    """Runs with restarts of their own: some alike, some not, few and many, unequal in size."""
    for k, sizes, tau, spread in (
        (2, (6, 6), 0.0, 0.01), (2, (8, 5), 0.03, 0.01), (3, (12, 12, 12), 0.0, 0.02),
        (3, (6, 14, 8), 0.02, 0.01), (6, (12,) * 6, 0.0, 0.02), (6, (8, 8, 10, 12, 14, 6), 0.01, 0.02),
        (6, (12,) * 6, 0.03, 0.02), (10, (6,) * 10, 0.005, 0.015),
    ):
        yield [
            numpy.round(0.02 + RANDOM.normal(0, tau) + RANDOM.normal(0, spread, sizes[i]), 6)
            for i in range(k)
        ]


def run_cases():
    for case in runs():
        effects = numpy.array([run.mean() for run in case])
        variances = numpy.array([run.var(ddof=1) / len(run) for run in case])
        mean, tau, i_squared, q, lo, hi, p = pooled(effects, variances)
        welch = anova_oneway(case, use_var="unequal", welch_correction=True).pvalue
        yield ["{" + ", ".join(numbers(run) for run in case) + "}"] + [
            number(value) for value in (mean, tau, i_squared, q, welch, lo, hi, p)
        ]


def bcg_case():
    effects = numpy.array([math.log(a / (a + b)) - math.log(c / (c + d)) for a, b, c, d in BCG])
    variances = numpy.array([1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG])
    mean, tau, i_squared, q, lo, hi, _ = pooled(effects, variances)
    assert abs(q - 152.2330) < 5e-5 and abs(tau**2 - 0.3181) < 5e-5  # as metafor has them
    yield [numbers(effects), numbers(numpy.sqrt(variances))] + [
        number(value) for value in (mean, tau, i_squared, q, lo, hi)
    ]


def main():
    print(
        "// Written by make_meta_fixtures.py with "
        f"SciPy {scipy.__version__}, NumPy {numpy.__version__}, statsmodels {statsmodels.__version__}."
    )
    print("// clang-format off\n")
    table("kRuns", "RunsCase", run_cases())
    table("kTrials", "TrialsCase", bcg_case())
    print("// clang-format on")


if __name__ == "__main__":
    main()

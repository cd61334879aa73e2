#!/usr/bin/env python3
"""Writes fixtures.inc: what SciPy, NumPy and statsmodels say about fixed inputs.

    python3 tests/statistics/make_fixtures.py > tests/statistics/fixtures.inc

Needed only to change the fixtures (Debian: python3-scipy, python3-statsmodels).
"""

import itertools
import math

import numpy
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

RANDOM = numpy.random.default_rng(20240601)


def number(value):
    return repr(float(value))


def numbers(values):
    return "{" + ", ".join(number(value) for value in values) + "}"


def table(name, struct, rows):
    print(f"const std::vector<{struct}> {name} = {{")
    for row in rows:
        print("    {" + ", ".join(row) + "},")
    print("};\n")


def effects(n, mean=0.004, spread=0.01):
    return numpy.round(RANDOM.normal(mean, spread, n), 6)


def descriptions():
    samples = [[3.5], [2.0, 1.0], [5.0, 1.0, 4.0], [1.0, 1.0, 2.0, 10.0]]
    samples += [list(numpy.round(RANDOM.lognormal(11, 0.3, n), 3)) for n in (5, 8, 13, 40)]
    for sample in samples:
        many = len(sample) > 1
        yield [
            numbers(sample),
            number(numpy.median(sample)),
            number(numpy.quantile(sample, 0.025)),
            number(numpy.quantile(sample, 0.9)),
            number(numpy.std(sample, ddof=1)) if many else "kNaN",
            number(stats.variation(sample, ddof=1)) if many else "kNaN",
        ]


def sign_flips():
    samples = [[0.01, 0.02], [0.01, -0.02, 0.03], [0.0, 0.0, 0.0], [0.1, -0.1, 0.2, -0.2]]
    samples += [[0.01] * 6, [0.02, 0.02, 0.02, 0.02, 0.02, 0.02, -0.01], [0.3, 0.1, 0.1, -0.1, 0.2]]
    samples += [list(effects(n)) for n in (5, 6, 8, 10, 12, 13, 14)]
    for sample in samples:
        test = stats.permutation_test(
            (numpy.array(sample),),
            lambda x, axis: numpy.mean(x, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=numpy.inf,
            alternative="two-sided",
        )
        yield [numbers(sample), number(test.pvalue)]


def holms():
    samples = [[0.01, 0.04, 0.03, 0.005], [0.5], [0.9, 0.8, 0.7], [0.02, 0.02, 0.02], [0.0, 1.0]]
    samples += [list(numpy.round(RANDOM.uniform(0, 0.1, 12), 4))]
    for sample in samples:
        yield [numbers(sample), numbers(multipletests(sample, method="holm")[1])]


def detectable_effects():
    for n, alpha in ((6, 0.05), (8, 0.05), (10, 0.05), (12, 0.05), (12, 0.005), (30, 0.05)):
        sample = effects(n)
        d = TTestPower().solve_power(nobs=n, alpha=alpha, power=0.8, alternative="two-sided")
        yield [numbers(sample), number(alpha), number(math.expm1(d * numpy.std(sample, ddof=1)))]


def exact_bootstraps():
    """All n^n resamples of n restarts, widened by t / z * sqrt(n / (n - 1)).

    Quantiles are those of the exact, discrete distribution: inverted, not interpolated.
    """
    for n in (3, 5, 6, 7):
        sample = effects(n)
        means = numpy.array(list(itertools.product(sample, repeat=n))).mean(axis=1)
        factor = stats.t.ppf(0.975, n - 1) / stats.norm.ppf(0.975) * math.sqrt(n / (n - 1))
        center = sample.mean()
        quantiles = numpy.quantile(means, (0.025, 0.975), method="inverted_cdf")
        lo, hi = center + factor * (quantiles - center)
        yield [numbers(sample), number(math.exp(lo)), number(math.exp(hi))]


def student_medians():
    """3 to 5 restarts: t interval of the mean of the logarithms, or of the values themselves."""
    samples = [list(numpy.round(RANDOM.lognormal(11, 0.1, n), 3)) for n in (3, 4, 5)]
    for sample in samples + [[0.0, 1.5, 2.0, 0.5]]:
        positive = min(sample) > 0
        x = numpy.log(sample) if positive else numpy.array(sample)
        lo, hi = stats.t.interval(0.95, len(x) - 1, loc=x.mean(), scale=stats.sem(x))
        if positive:
            lo, hi = math.exp(lo), math.exp(hi)
        yield [numbers(sample), number(numpy.median(sample)), number(lo), number(hi)]


def order_statistic_medians():
    """Hettmansperger and Sheather 1986, from the cumulative binomial."""
    for n in (6, 7, 8, 10, 12, 25):
        sample = numpy.round(RANDOM.lognormal(11, 0.1, n), 3)
        x = numpy.sort(sample)
        coverage = 1 - 2 * stats.binom.cdf(numpy.arange(n // 2 + 1) - 1, n, 0.5)  # index: d
        d = int(numpy.nonzero(coverage >= 0.95)[0].max())
        share = (coverage[d] - 0.95) / (coverage[d] - coverage[d + 1])
        weight = (n - d) * share / (d + (n - 2 * d) * share)
        lo = (1 - weight) * x[d - 1] + weight * x[d]
        hi = (1 - weight) * x[n - d] + weight * x[n - d - 1]
        yield [numbers(sample), number(numpy.median(sample)), number(lo), number(hi)]


def main():
    print(
        "// Written by make_fixtures.py with "
        f"SciPy {scipy.__version__}, NumPy {numpy.__version__}, statsmodels {statsmodels.__version__}."
    )
    print("// clang-format off\n")
    table("kDescriptions", "DescriptionCase", descriptions())
    table("kSignFlips", "SignFlipCase", sign_flips())
    table("kHolm", "HolmCase", holms())
    table("kDetectable", "DetectableCase", detectable_effects())
    table("kExactBootstraps", "IntervalCase", exact_bootstraps())
    table("kStudentMedians", "SummaryCase", student_medians())
    table("kOrderStatisticMedians", "SummaryCase", order_statistic_medians())
    print("// clang-format on")


if __name__ == "__main__":
    main()

import collections
import math

from numpy import array

Result = collections.namedtuple("Result", "pvalue")


def gmean(rows):
    return array(math.exp(math.fsum(map(math.log, column)) / len(rows)) for column in zip(*rows))


def mannwhitneyu(a, b, alternative):
    """Two-sided, by the normal distribution."""
    assert alternative == "two-sided"
    u = sum((x > y) + (x == y) / 2 for x in a for y in b)
    middle = len(a) * len(b) / 2
    deviation = math.sqrt(middle * (len(a) + len(b) + 1) / 6)
    return Result(math.erfc(abs(u - middle) / deviation / math.sqrt(2)))

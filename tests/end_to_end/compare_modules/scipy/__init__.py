"""What Google Benchmark's compare.py uses of SciPy, in the place of it: Debian 12 does not install that
beside Boost 1.81. What is tested is that an export can be read, not what is computed from it."""

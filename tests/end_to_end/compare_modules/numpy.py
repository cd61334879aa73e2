"""What Google Benchmark's compare.py uses of NumPy, in the place of it."""


class array(list):
    def any(self):
        return any(value != 0 for value in self)

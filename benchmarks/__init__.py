"""What things cost, measured against named rivals; nothing here asserts a time.

`python -m benchmarks` runs all of it and ends with one table; `python -m benchmarks NAME` runs
one. Ratios tell something, absolute figures only about the machine they were measured on.
"""

"""The rule language: a typed subset of Python expressions with unknown values.

One tree gives the type check with caret errors, the compiled code, the evaluation by plain Python that tests compare it
with, and the explanation.
"""

"""Benchmarks: what the product costs against a bare baseline in the same run; a busy machine cancels out."""

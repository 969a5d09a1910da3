"""Benchmarks; a package so that tests do not find another one of this name."""

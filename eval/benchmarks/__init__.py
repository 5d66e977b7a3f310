"""Benchmarks of speed: ratios of whole commands, measured interleaved in one run."""

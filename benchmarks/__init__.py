"""Benchmarks: each prints one line `name value unit ratio-to-floor` a figure; docs/benchmarks.md says what they mean."""

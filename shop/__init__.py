"""The launcher: the only reader of the environment, the only place that knows every part."""

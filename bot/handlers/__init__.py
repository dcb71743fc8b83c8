"""One update, one answer; a file per noun."""

"""The desk at /desk: where those who work here find the cases, talk with customers and settle."""

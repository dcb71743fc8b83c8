"""Pages: Jinja2, no build step, no third-party host; a file per noun."""

"""What the tests stand on: throw-away databases, a browser, and loud words about tools that are missing."""

"""Draws the demo's pictures in a process of its own: a row of the catalog a line in, each picture after its size out."""

import json
import sys

from shop.demo import pictures


def main() -> None:
    """Draw what stands on stdin; to stdout goes each picture, as JPEG, after its size in four bytes."""
    for line in sys.stdin.buffer:
        content = pictures.draw(json.loads(line))
        sys.stdout.buffer.write(len(content).to_bytes(4, "big") + content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

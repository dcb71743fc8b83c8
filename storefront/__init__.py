"""The shop: what is sold, to whom, for how much, and what was promised. It speaks neither Telegram nor HTML."""

"""What the people who build the shop run, and no operator."""

"""How money goes back to where it came from: a way per provider."""

"""Dialogues of several typed steps; where each stands is a row."""

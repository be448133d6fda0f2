"""Guides are followed to the letter: the tests run their own code blocks."""

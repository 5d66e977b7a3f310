"""Runs for people: a table in the terminal, Markdown, and one HTML page with plots."""

"""Exports of meetings: Markdown pages and calendar files."""

"""Tests; their helpers are in tests/support."""

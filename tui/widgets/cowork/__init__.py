"""The parts of the Co-work pages."""

"""The tools that exercises' probes and tests import. Depends on torch and on nothing else of this project."""

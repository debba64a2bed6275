"""The learner's process: loads the solution, runs the probes on it and sends back data."""

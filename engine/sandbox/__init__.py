"""The layers that restrain a learner's process: limits, Landlock, seccomp and namespaces."""

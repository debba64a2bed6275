"""The layers of the sandbox around untrusted code: limits, Landlock, seccomp and namespaces."""

"""`fromscratch models` and `fromscratch generate`: the playground without a screen."""

def format_input(entry):
    """Returns the prompt of an entry: everything before the response.

    entry: a dict with the texts "instruction" and "input"; "input" can be empty
    """
    raise NotImplementedError

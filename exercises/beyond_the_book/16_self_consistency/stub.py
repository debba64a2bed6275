def self_consistency_vote(answers):
    """Returns a dict with "counts", "groups", "majority_winners" and "final_answer".

    answers: a list with the final answer of each attempt, a str or None
    """
    raise NotImplementedError

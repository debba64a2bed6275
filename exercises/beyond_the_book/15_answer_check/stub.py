def extract_final_candidate(text, fallback="number_then_full"):
    r"""Returns the final answer in a model's text, a str.

    text: what a model wrote, or None
    fallback: what to return without \boxed{…}: "number_then_full", "number_only" or None
    """
    raise NotImplementedError


def grade_answer(pred_text, gt_text):
    """Returns whether an answer equals the right one, a bool.

    pred_text: the model's answer, or None
    gt_text: the right answer
    """
    raise NotImplementedError

"""Small changes of an exercise's reference: the judge looks among them for one that gives the learner's results."""

"""Everything that the probes and tests of exercises import. It depends on torch and on no other package of ours."""

from exercises.kit import common_checks, compare, letters, pocket, scaling_runs, sentences
from exercises.kit.common_probes import CommonProbes
from exercises.kit.devices import DeviceWatch
from exercises.kit.dropout import dropout_statistics
from exercises.kit.names import lookup, require
from exercises.kit.probes import Float, Int, Ints, MissingName, ProbeProblem, Text, stochastic, summarized_by
from exercises.kit.run import Diagnosis, Run, diagnose
from exercises.kit.tensors import change, numbers, token_ids, tokens
from exercises.kit.training_watch import TrainingProgress, TrainingWatch
from exercises.kit.weights import fill, gradients, values_for

__all__ = [
    "CommonProbes",
    "DeviceWatch",
    "Diagnosis",
    "Float",
    "Int",
    "Ints",
    "MissingName",
    "ProbeProblem",
    "Run",
    "Text",
    "TrainingProgress",
    "TrainingWatch",
    "change",
    "common_checks",
    "compare",
    "diagnose",
    "dropout_statistics",
    "fill",
    "gradients",
    "letters",
    "lookup",
    "numbers",
    "pocket",
    "require",
    "scaling_runs",
    "sentences",
    "stochastic",
    "summarized_by",
    "token_ids",
    "tokens",
    "values_for",
]

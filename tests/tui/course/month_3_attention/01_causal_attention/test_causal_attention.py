"""Checks of the small course: it is shown, never graded."""

from exercises.kit import common_checks

test_dtype = common_checks.dtypes()
test_device = common_checks.device()
test_manners = common_checks.manners()

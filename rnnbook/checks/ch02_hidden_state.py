"""Chapter 2, Hidden state: its exercises, in the order of the notebook."""

from rnnbook.checks.hidden_state import boundaries, ends, forms, loop, shapes, step

EXERCISES = (
    step.BY_HAND,
    step.STEP,
    loop.FORWARD,
    forms.CONCAT_FORM,
    forms.PARAMETER_COUNT,
    shapes.ONE_TO_MANY,
    shapes.RIGHT_HEAD,
    boundaries.RESET_AT_BOUNDARIES,
    ends.OUTPUT_OR_HIDDEN,
    ends.LAST_STATE,
)

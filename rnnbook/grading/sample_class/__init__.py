"""A class of thirty that nobody attended: hand-ins to try grading on, right, wrong, broken and hostile."""

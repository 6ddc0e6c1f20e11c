"""Grades on their way out: tables, Canvas, Gradescope, nbgrader, and a feedback page for each student."""

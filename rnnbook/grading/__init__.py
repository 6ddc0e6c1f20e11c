"""Grading a class: hand-ins are read, run where they can do no harm, compared, and kept in a gradebook."""

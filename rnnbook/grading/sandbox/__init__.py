"""What keeps a submission apart from the grader, from the machine and from other submissions: levels, each tried."""

"""What is started: the expected year, appraisals, open seasons, grants, funding and projects."""

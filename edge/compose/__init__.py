"""The composition root: the one place where config becomes running parts."""

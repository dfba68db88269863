"""A real upstream to run and test against: what a newcomer sees first, and what the tests play."""

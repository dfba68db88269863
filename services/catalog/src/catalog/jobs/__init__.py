"""Jobs: what the workers do. Each runs once at a time in the whole cluster, has a deadline, and reports."""

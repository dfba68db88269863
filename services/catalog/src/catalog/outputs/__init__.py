"""Outputs: records in, bytes out. No I/O."""

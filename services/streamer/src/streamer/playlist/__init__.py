"""Playlists: text to records and back (`grammar`), and records to records (`rewrite`). No I/O."""

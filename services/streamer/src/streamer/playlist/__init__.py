"""Playlists: text to records and back (`grammar`), and records to records (all else). No I/O.

recognition     is it a playlist, and if not, what is it
grammar         text to lines and back; what the whole list says
attributes      the lists of attributes in tags
segments        lines, grouped into segments
address         a URI and its base
variables       EXT-X-DEFINE, written out
byte_ranges     offsets that were implied, written out
redaction       what would lead a player past us, taken out
rewrite         every address given to a seal: the four above, in order
directives      what a low-latency player asks for, and whether it is there
delta           EXT-X-SKIP: an update for who has the rest
continuity      one numbering across a change of stream
"""

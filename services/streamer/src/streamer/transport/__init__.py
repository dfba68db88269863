"""MPEG-TS (ISO/IEC 13818-1), seen from afar. Pure.

A stream of 20 Mbit/s has 13,000 packets a second, too many for Python to look at each. But their headers lie
188 bytes apart, so that one byte of all headers is a slice (`packets[1::188]`, here: a column), which is
translated, masked and searched without a loop. Only the few packets that matter are looked into: tables, and
the first of each picture.

Everything here gives the same, however its input is cut into pieces.

packets    bytes -> whole packets; their headers, by columns
tables     PAT and PMT: what streams there are
pictures   where a picture begins, when it is shown, whether a player can begin there
seam       joints that no player notices
"""

"""The whole stack on one machine, without root and without containers: everything real, on loopback."""

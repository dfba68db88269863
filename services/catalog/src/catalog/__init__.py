"""The catalog: the channel list, events, search and every output, and the jobs that keep them true."""

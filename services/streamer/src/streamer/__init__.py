"""The streamer: HLS from many upstreams, given to any number of viewers, by any number of equal nodes."""

"""The DASH manifest (pure): live, by number, one period without an end (ISO/IEC 23009-1).

Media time is time since the demo's epoch, so segment n begins at n times its length, and nothing has to
be said anew as time goes on.
"""

from datetime import UTC, datetime

from demo.live import EPOCH
from demo.recipes import AUDIO_CODEC, PLAIN, SAMPLE_RATE, SOUND_FRAGMENT_S, VIDEO_CODEC

MEDIA_TYPE = "application/dash+xml"
SEGMENT_S = SOUND_FRAGMENT_S

_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic"
  availabilityStartTime="{start}" publishTime="{start}" minimumUpdatePeriod="PT10S"
  timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT12S" minBufferTime="PT4S"
  maxSegmentDuration="PT{segment:g}S">
  <Period id="0" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <SegmentTemplate timescale="1000" duration="{ms}" startNumber="0"
        initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"/>
      <Representation id="video" codecs="{video}" bandwidth="{kilobits}000" width="{width}" height="{height}"
        frameRate="25"/>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true"
      startWithSAP="1">
      <SegmentTemplate timescale="1000" duration="{ms}" startNumber="0"
        initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"/>
      <Representation id="audio" codecs="{audio}" bandwidth="64000" audioSamplingRate="{rate}">
        <AudioChannelConfiguration value="1"
          schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011"/>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="{now}"/>
</MPD>
"""


def manifest(moment: float) -> str:
    """Return the manifest as it is at `moment`, in seconds since the epoch: only its clock changes."""
    return _MANIFEST.format(
        start=_iso(0),
        now=_iso(moment),
        segment=SEGMENT_S,
        ms=round(SEGMENT_S * 1000),
        video=VIDEO_CODEC,
        audio=AUDIO_CODEC,
        kilobits=PLAIN.kilobits,
        width=PLAIN.width,
        height=PLAIN.height,
        rate=SAMPLE_RATE,
    )


def _iso(moment: float) -> str:
    return (
        datetime.fromtimestamp(EPOCH + moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )

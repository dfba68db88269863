"""How a channel's media is made: the layers, the sound, and what ffmpeg is told (pure).

One run of ffmpeg makes everything of a channel. The loop must close: the picture wanders with periods that
divide the loop, notes have died away at every whole second, and there are exactly as many sound frames as
the loop is long (at 32 kHz a frame is 32 ms, so that 4 s are 125 frames).
"""

from dataclasses import dataclass

from demo.channels import Channel, Kind

SAMPLE_RATE = 32_000
AAC_FRAME = 1024
CHUNK_S = 2.0
"""Key frames, and so what segments can be made of."""
FRAGMENT_S = 0.4
"""Parts of low-latency HLS."""
SOUND_FRAGMENT_S = 4.0
"""Sound alone, as in DASH: the shortest time that is a whole number of both seconds and frames."""
FPS = 25
VIDEO_CODEC = "avc1.4D401F"
AUDIO_CODEC = "mp4a.40.2"

_TUNE = (1, 5 / 4, 3 / 2, 2, 3 / 2, 5 / 4)
"""A broken chord, a note a second."""


@dataclass(frozen=True)
class Quality:
    """One rendition of the picture."""

    height: int
    kilobits: int

    @property
    def width(self) -> int:
        """For 16:9, even as H.264 wants it."""
        return round(self.height * 16 / 9 / 2) * 2


PLAIN = Quality(360, 700)
LADDER = (Quality(540, 1400), Quality(360, 700), Quality(240, 350))
LANGUAGES = {"en": "English", "es": "Español"}


def canvas_height(channel: Channel) -> int:
    """Return the height at which a channel's layers are drawn."""
    return LADDER[0].height if channel.kind is Kind.MULTIVARIANT else PLAIN.height


def recipe(channel: Channel, seconds: int, *, threads: int) -> list[str]:
    """Return ffmpeg's arguments. It runs in a folder that holds the layers, and writes its files there."""
    common = ["-v", "error", "-nostdin", "-y", "-filter_threads", str(threads)]
    if channel.kind is Kind.AUDIO_ONLY:
        return [*common, *_sound(channel, 0, seconds), *_aac("0:a", seconds), "-f", "adts", "main.aac"]
    inputs = ["-i", "back.png", "-framerate", "1", "-i", "dial-%03d.png", "-i", "card.png", "-i", "bead.png"]
    sounds = _sound(channel, 0, seconds)
    if channel.kind is Kind.MULTIVARIANT:
        sounds += _sound(channel, 1, seconds)
    filters = _picture(channel, seconds)
    return [*common, *inputs, *sounds, "-filter_complex", filters, *_outputs(channel, seconds, threads)]


def _sound(channel: Channel, octave: int, seconds: int) -> list[str]:
    """Return an input that plays the channel's tune: bell-like, struck once a second.

    The tune is computed once and repeated: expressions are the slowest thing that ffmpeg does here.
    """
    note = "+".join(f"eq(floor(t),{i})*{ratio}" for i, ratio in enumerate(_TUNE))
    wave = f"st(0,2*PI*{channel.look.note_hz * 2**octave}*t*({note}))*0"
    bell = f"({wave}+sin(ld(0))+0.4*sin(2*ld(0))+0.12*sin(3*ld(0)))"
    envelope = "min(1,120*mod(t,1))*exp(-3.2*mod(t,1))*min(1,20*(1-mod(t,1)))"
    expression = f"0.2*{envelope}*{bell}".replace(",", r"\,")
    tune = f"aevalsrc=exprs='{expression}':s={SAMPLE_RATE}:d={len(_TUNE)}"
    repeated = f"aloop=loop=-1:size={SAMPLE_RATE * len(_TUNE)},atrim=duration={seconds}"
    return ["-f", "lavfi", "-i", f"{tune},{repeated}"]


def _picture(channel: Channel, seconds: int) -> str:
    """Return the filters that lay the layers over each other, ending in one output per quality."""
    height = canvas_height(channel)
    width, scale = round(height * 16 / 9), height / 360
    wander_x = f"'(iw-ow)/2*(1+sin(2*PI*t/{seconds}))'"
    wander_y = f"'(ih-oh)/2*(1+cos(4*PI*t/{seconds}))'"
    edge = round(28 * scale)
    repeat = f"loop=-1:1:0,setpts=N/{FPS}/TB,fps={FPS},trim=duration={seconds}"
    view = f"crop={width}:{height}:x={wander_x}:y={wander_y}:exact=1"
    glide = f"x='{edge}+(W-w-{2 * edge})*(1-cos(PI*t/2))/2'"
    layers = [
        f"[0:v]format=yuv444p,{repeat},{view},format=yuv420p[back]",
        "[back][2:v]overlay=0:0[carded]",
        f"[carded][1:v]overlay=W-w-{edge}:{round(24 * scale)}[dialled]",
        f"[dialled][3:v]overlay={glide}:y=H-h-{round(6 * scale)}[whole]",
    ]
    if channel.kind is not Kind.MULTIVARIANT:
        return ";".join(layers)
    names = "".join(f"[to{quality.height}]" for quality in LADDER)
    layers.append(f"[whole]split={len(LADDER)}{names}")
    layers += [f"[to{q.height}]scale={q.width}:{q.height}[v{q.height}]" for q in LADDER]
    return ";".join(layers)


def _outputs(channel: Channel, seconds: int, threads: int) -> list[str]:
    sound = _aac("4:a", seconds)
    picture = _h264("[whole]", PLAIN, threads)
    if channel.kind is Kind.MULTIVARIANT:
        args = []
        for quality in LADDER:
            args += [*_h264(f"[v{quality.height}]", quality, threads), *_mpegts(), f"{quality.height}.ts"]
        for index, language in enumerate(LANGUAGES):
            args += [*_aac(f"{4 + index}:a", seconds), "-f", "adts", f"{language}.aac"]
        return args
    if channel.kind in (Kind.FRAGMENTED, Kind.LOW_LATENCY):
        return [*picture, *sound, *_mp4(FRAGMENT_S), "main.mp4"]
    if channel.kind is Kind.DASH:
        return [*picture, *_mp4(CHUNK_S), "video.mp4", *sound, *_mp4(SOUND_FRAGMENT_S), "audio.mp4"]
    return [*picture, *sound, *_mpegts(), "main.ts"]


def _mp4(fragment_s: float) -> list[str]:
    """Fragments end with the first frame at or after `fragment_s`: a little less means exactly it."""
    flags = "frag_keyframe+empty_moov+default_base_moof+skip_trailer"
    length = str(round((fragment_s - 0.005) * 1e6))
    return ["-f", "mp4", "-use_editlist", "0", "-movflags", flags, "-frag_duration", length]


def _mpegts() -> list[str]:
    return ["-f", "mpegts", "-pes_payload_size", "700"]


def _h264(source: str, quality: Quality, threads: int) -> list[str]:
    """Main profile without B frames: decoding order is display order, so that clocks are simple."""
    rate = quality.kilobits
    gop = str(round(CHUNK_S * FPS))
    return [
        *("-map", source, "-c:v", "libx264", "-preset", "veryfast", "-threads:v", str(threads)),
        *("-profile:v", "main", "-level:v", "3.1", "-bf", "0", "-pix_fmt", "yuv420p", "-r", str(FPS)),
        *("-g", gop, "-keyint_min", gop, "-sc_threshold", "0"),
        *("-b:v", f"{rate}k", "-maxrate", f"{rate * 5 // 4}k", "-bufsize", f"{rate * 3 // 2}k"),
    ]  # fmt: skip


def _aac(source: str, seconds: int) -> list[str]:
    """All frames but the encoder's first, which is its priming at a negative time, and any too many."""
    frames = seconds * SAMPLE_RATE // AAC_FRAME
    return [
        *("-map", source, "-c:a", "aac", "-b:a", "64k", "-ac", "1"),
        *("-bsf:a", rf"noise=drop=lt(n\,1)+gt(n\,{frames})"),
    ]

"""What a player made of a channel, and whether it is what it should be. Exit codes alone lie."""

from dataclasses import dataclass

from players.lineup import FRAMES_A_SECOND, Channel

MISSING_FRAMES_MOST = 5
"""At the ends: a player stops a little before or after the second."""
MISSING_SOUND_MOST_S = 0.5
LOST_MOST = 0.05
"""The share of frames that a player may decode and then drop: where a machine has no time, it does."""


@dataclass(frozen=True)
class Seen:
    """What was played, within the seconds that it was to be played."""

    frames: int = 0
    sound_s: float = 0.0
    late_s: float = 0.0
    """How much longer it took than what was played lasts, after the first frame."""
    lost: int = 0
    """Frames that came too late to be shown."""
    errors: tuple[str, ...] = ()
    """What the player itself held against it."""

    def faults(self, channel: Channel, seconds: float) -> list[str]:
        """Return what is wrong with it, in words."""
        wanted = round(seconds * FRAMES_A_SECOND) if channel.has_picture else 0
        found = list(self.errors)
        if self.frames < wanted - MISSING_FRAMES_MOST:
            found.append(f"{self.frames} frames of {wanted}")
        if self.sound_s < seconds - MISSING_SOUND_MOST_S:
            found.append(f"{self.sound_s:.1f} s of sound")
        if self.late_s > channel.still_most_s:
            found.append(f"stood still for {self.late_s:.1f} s")
        if self.lost > wanted * LOST_MOST + 1:
            found.append(f"{self.lost} frames came too late")
        return found

    def figure(self, channel: Channel) -> str:
        """Return it in short: frames, or seconds where there is only sound."""
        return str(self.frames) if channel.has_picture else f"{self.sound_s:.0f} s"

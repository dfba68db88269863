/** Full screen and picture in picture, in the two dialects that browsers speak. */

interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
  webkitSupportsPresentationMode?: (mode: string) => boolean;
  webkitSetPresentationMode?: (mode: string) => void;
  webkitPresentationMode?: string;
}

export async function toggleFullscreen(frame: HTMLElement, video: PhoneVideo): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (frame.requestFullscreen) {
    await frame.requestFullscreen().catch(() => {});
    // On a phone the picture wants to lie down; where it can't be asked, nothing is lost.
    const orientation = screen.orientation as ScreenOrientation & { lock?: (to: string) => Promise<void> };
    await orientation?.lock?.('landscape').catch(() => {});
    return;
  }
  video.webkitEnterFullscreen?.();
}

export function canPip(video: PhoneVideo | null): boolean {
  return (
    document.pictureInPictureEnabled || video?.webkitSupportsPresentationMode?.('picture-in-picture') === true
  );
}

export async function togglePip(video: PhoneVideo): Promise<void> {
  if (document.pictureInPictureElement) return document.exitPictureInPicture();
  if (document.pictureInPictureEnabled) {
    await video.requestPictureInPicture().catch(() => {});
    return;
  }
  const inside = video.webkitPresentationMode === 'picture-in-picture';
  video.webkitSetPresentationMode?.(inside ? 'inline' : 'picture-in-picture');
}

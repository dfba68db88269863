/** How far the video of a page is, and what the page says of it. The gateway's own page says it on a card. */
window.look = () => {
  const video = document.querySelector('video');
  const said = [...document.querySelectorAll('[data-testid="player-notice"]')];
  const stopped = said.filter((card) => card.dataset.stopped === 'true');
  return {
    time: video?.currentTime ?? 0,
    playing: video ? video.readyState >= 3 && !video.seeking && !video.paused : false,
    frames: video?.getVideoPlaybackQuality().totalVideoFrames ?? 0,
    sound: video?.webkitAudioDecodedByteCount ?? 0,
    errors: [...(window.errors ?? []), ...stopped.map((card) => card.textContent)],
    complaints: [...(window.complaints ?? []), ...said.map((card) => card.textContent)],
  };
};

import type { ReactElement } from 'react';

/** The page's few signs, drawn on one 24 px grid with one stroke. They are always beside or under a label. */
const paths = {
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20',
  close: 'M6 6l12 12M18 6 6 18',
  star: 'm12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4m0-12.8L17 7M7 17l-1.4 1.4',
  moon: 'M20 14.5A8.3 8.3 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  channels: 'M4 5h7v6H4zm9 0h7v6h-7zM4 13h7v6H4zm9 0h7v6h-7z',
  schedule: 'M5 6h14v14H5zM5 10h14M9 3.5V7m6-3.5V7',
  playlist: 'M4 7h11M4 12h11M4 17h7m4.5-2v5l4.5-2.5z',
  play: 'M8 5.2v13.6L19 12z',
  pause: 'M8.5 5v14M15.5 5v14',
  previous: 'M18 6v12l-9-6zM6 6v12',
  next: 'M6 6v12l9-6zM18 6v12',
  sound: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 9.5l5 5m0-5-5 5',
  settings:
    'M4 8h8m6 0h2M4 16h2m6 0h8M15 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4ZM9 13.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4Z',
  pip: 'M4 5h16v14H4zM12 12h5.5v4.5H12z',
  fullscreen: 'M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5',
  leave: 'M9 4v5H4m16 0h-5V4m0 16v-5h5M4 15h5v5',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  done: 'm5 12.5 4.5 4.5L19 7.5',
  external: 'M13 4h7v7m0-7-9 9M10 5H5v14h14v-5',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  offline:
    'M4 4l16 16M8.5 8.7A9 9 0 0 0 4.5 11m6.2-3.9A9.5 9.5 0 0 1 19.5 11M8 14.5a6 6 0 0 1 5-1.3m3 1.5-.2-.2M12 18.5h.01',
  grid: 'M4 4h6.5v6.5H4zm9.5 0H20v6.5h-6.5zM4 13.5h6.5V20H4zm9.5 0H20V20h-6.5z',
  list: 'M4 6.5h16M4 12h16M4 17.5h16',
  sort: 'M7 5v14m0 0-3-3m3 3 3-3M13 6h7m-7 6h5m-5 6h3',
  bell: 'M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10.2 20.5h3.6',
  calendar: 'M5 6h14v14H5zM5 10h14M9 3.5V7m6-3.5V7M12 12.5v5m-2.5-2.5h5',
  theatre: 'M3 6.5h18v11H3z',
  stats: 'M5 19V11m5 8V5m5 14v-6m5 6V8',
  cast: 'M4 9V5.5h16v13h-6M4 12.5a6 6 0 0 1 6 6m-6-2.5a2.5 2.5 0 0 1 2.5 2.5',
  back10: 'M6 4v5h5M6.4 9A7.5 7.5 0 1 1 4.8 14',
  phone: 'M8 3.5h8v17H8zM11.2 17.8h1.6',
  save: 'M12 4v11m0 0-4-4m4 4 4-4M5 19.5h14',
  load: 'M12 15V4m0 0L8 8m4-4 4 4M5 19.5h14',
  guide: 'M4 6h5m3 0h8M4 12h9m3 0h4M4 18h3m3 0h10',
  refresh: 'M19 8A8 8 0 1 0 20 13M20 4v5h-5',
  plus: 'M12 5v14M5 12h14',
  status: 'M3 12h4l3-7 4 14 3-7h4',
  several: 'M3.5 5h7.5v6H3.5zm9.5 0h7.5v6H13zM3.5 13h7.5v6H3.5zm9.5 0h7.5v6H13z',
  qr: 'M4 4h6v6H4zm10 0h6v6h-6zM4 14h6v6H4zm10 0h2.5v2.5H14zm3.5 3.5H20V20h-2.5z',
  tv: 'M4 6.5h16v11H4zM9 21h6M9 3l3 3 3-3',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }): ReactElement {
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      viewBox="0 0 24 24"
      width="1.25em"
      height="1.25em"
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  );
}

export { ChannelFacts } from './ChannelFacts';
export { warmEngine } from './engine';
export { Player } from './Player';
export { SmallPlayer } from './SmallPlayer';
export { StreamAddress } from './StreamAddress';
export { useTheatre } from './useTheatre';
export { useWakeLock } from './useWakeLock';

export { ChannelFacts } from './ChannelFacts';
export { warmEngine } from './engine';
export { Player } from './Player';
export { StreamAddress } from './StreamAddress';
export { useTheatre } from './useTheatre';

export { ChannelFacts } from './ChannelFacts';
export { Player } from './Player';
export { StreamAddress } from './StreamAddress';
export { useTheatre } from './useTheatre';

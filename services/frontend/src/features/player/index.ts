export { streamPath } from './address';
export { ChannelFacts } from './ChannelFacts';
export { ExternalOnly } from './ExternalOnly';
export { Player } from './Player';
export { StreamAddress } from './StreamAddress';

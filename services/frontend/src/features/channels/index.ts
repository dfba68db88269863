export { useChannel, useChannels } from './api';
export { ChannelGrid } from './ChannelGrid';
export { useFavourite, useFavourites } from './favourites';
export { GridSkeleton } from './GridSkeleton';
export { sectionsOf } from './rows';
export { SearchResults } from './SearchResults';
export { useNumberZap } from './useNumberZap';
export { ZapList } from './ZapList';

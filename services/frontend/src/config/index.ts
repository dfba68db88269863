/** Every number the page turns on, with its reason. */

/** The API's largest page: a house's whole list in one request. */
export const CHANNELS_PER_REQUEST = 10_000;

/** After this long without an answer a request counts as failed. */
export const REQUEST_TIMEOUT_MS = 15_000;

/** How long typing must rest before one more search is sent: results are there before the next key is found. */
export const SEARCH_REST_MS = 25;

/** The same without the socket: such searches count as requests, of which a client has 100 a minute. */
export const SEARCH_REST_OVER_HTTP_MS = 400;

/** A search over the socket that takes longer is asked again over HTTP. */
export const SEARCH_SOCKET_MS = 1_500;

/** Lists are fetched at this pace while the socket, which would tell us, is down. */
export const POLL_WITHOUT_SOCKET_MS = 60_000;

/** While there is nothing to show: the first refresh of a new gateway takes seconds. */
export const POLL_WHILE_EMPTY_MS = 4_000;

/** A change is announced to everybody at once; fetching is spread over this long. */
export const REFETCH_SPREAD_MS = 2_000;

/** A socket that reconnects faster than this is not worth a banner. */
export const BANNER_AFTER_MS = 3_000;

/** Attempts before the player says that it gives up: about two minutes with back-off. */
export const PLAYBACK_ATTEMPTS = 8;

/** What is on is asked for once the screen has stood still for this long. */
export const ON_AIR_REST_MS = 180;

/** And again after this long, even where the programme goes on: guides are corrected. */
export const ON_AIR_LASTS_MS = 5 * 60_000;

/** A page waits no longer for an answer before it draws what lies below its place. */
export const SETTLED_AFTER_MS = 800;

/** A channel counts as watched after this long: zapping past it does not. */
export const WATCHED_AFTER_MS = 4_000;

/** A live window shorter than this is not worth a timeline. */
export const TIMELINE_FROM_S = 15;

/**
 * Two readers that players use, reading whole outputs: node read_outputs.mjs FRONTEND BASE playlist|panel.
 *
 * What they made of it goes to stdout as JSON, for a test to look at. The panel's is read with the reader's own
 * records ("standardized"), which it can't make of an answer where something is missing.
 */
import { createRequire } from 'node:module';

const [frontend, base, what] = process.argv.slice(2);
const packages = createRequire(`${frontend}/package.json`);

async function playlist() {
  const answer = await fetch(`${base}/playlist.m3u8`);
  return packages('iptv-playlist-parser').parse(await answer.text());
}

async function panel() {
  const { Xtream } = packages('@iptv/xtream-api');
  const { standardizedSerializer: serializer } = packages('@iptv/xtream-api/standardized');
  const reader = new Xtream({ url: base, username: 'somebody', password: 'secret', preferredFormat: 'm3u8', serializer });
  const categories = await reader.getChannelCategories();
  const channels = await reader.getChannels();
  return {
    profile: await reader.getProfile(),
    server: await reader.getServerInfo(),
    categories,
    channels,
    inFirst: await reader.getChannels({ categoryId: categories[0].id }),
    short: await reader.getShortEPG({ channelId: channels[0].id, limit: 2 }),
    full: await reader.getFullEPG({ channelId: channels[0].id }),
    none: await reader.getFullEPG({ channelId: channels[1].id }),
    movies: [await reader.getMovieCategories(), await reader.getMovies()],
    shows: [await reader.getShowCategories(), await reader.getShows()],
  };
}

const made = await { playlist, panel }[what]();
process.stdout.write(JSON.stringify(made));

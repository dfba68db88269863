import { type ComponentType, lazy, useState } from 'react';

/**
 * A page with a file of its own. One that was fetched before it is drawn is drawn at once: what React only hears
 * of while it draws, it holds back for 300 ms after the nothing that it has shown in its place.
 */
export function page<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  let loaded: ComponentType<Props> | null = null;
  const fetch = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const Later = lazy(fetch);
  function Page(props: Props) {
    const [Here] = useState<ComponentType<Props>>(() => loaded ?? Later);
    return <Here {...props} />;
  }
  return Object.assign(Page, { fetch });
}

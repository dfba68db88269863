import { render, screen } from '@testing-library/react';
import { Component, type ReactNode } from 'react';
import { expect, it, vi } from 'vitest';
import { lazy } from './lazy';

const arriving = async () => ({ default: ({ name }: { name: string }) => <p>Hello {name}</p> });

class Boundary extends Component<{ children: ReactNode }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? <p>It stumbled</p> : this.props.children;
  }
}

it('draws in the same moment what has been fetched before', async () => {
  const Greeting = lazy(arriving);
  await Greeting.load();
  render(<Greeting name="you" />);
  expect(screen.getByText('Hello you')).toBeTruthy();
});

it('draws the rest once it is there, and fetches it once', async () => {
  const fetchIt = vi.fn(arriving);
  const Greeting = lazy(fetchIt);
  render(
    <>
      <Greeting name="you" />
      <Greeting name="me" />
    </>,
  );
  expect(screen.queryByText('Hello you')).toBeNull();
  expect(await screen.findByText('Hello you')).toBeTruthy();
  expect(screen.getByText('Hello me')).toBeTruthy();
  expect(fetchIt).toHaveBeenCalledTimes(1);
});

it('leaves to the boundary what does not come, and asks for it again the next time', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const fetchIt = vi.fn(arriving).mockRejectedValueOnce(new Error('gone'));
  const Greeting = lazy(fetchIt);
  render(
    <Boundary>
      <Greeting name="you" />
    </Boundary>,
  );
  expect(await screen.findByText('It stumbled')).toBeTruthy();
  await Greeting.load();
  expect(fetchIt).toHaveBeenCalledTimes(2);
});

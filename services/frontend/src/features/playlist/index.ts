export { Addresses } from './Addresses';
export { Apps } from './Apps';
export { addressesOf, type Choice, everything } from './addresses';
export { Narrow } from './Narrow';

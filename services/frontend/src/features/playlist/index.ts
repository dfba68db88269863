export { Addresses } from './Addresses';
export { Apps } from './Apps';

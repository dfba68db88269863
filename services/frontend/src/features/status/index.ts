export { useStatus } from './api';
export { Figures } from './Figures';
export { Nodes, Wires } from './Nodes';
export { Sources } from './Sources';

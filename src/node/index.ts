export { nodeFetch } from './nodeFetch.js';
export type { NodeFetch, NodeFetchOptions } from './nodeFetch.js';
export type { NodeResponse } from './nodeResponse.js';
export type { DispatcherLike, DispatcherRequest, DispatcherResponse } from './dispatcherSend.js';

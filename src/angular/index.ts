export { httpFetch, type HttpFetchOptions } from './httpFetch.js';
export { messageResource, type MessageResource, type MessageResourceOptions } from './messageResource.js';

export { injectConversation, type InjectConversationOptions, type InjectedConversation } from './injectConversation.js';
export { messageResource, type MessageResource, type MessageResourceOptions } from './messageResource.js';
export { httpFetch, type HttpFetchOptions } from './httpFetch.js';

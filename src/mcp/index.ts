export { mcpTools, type McpToolsOptions } from './mcpTools.js';
export type { McpClientLike, McpTool } from './mcpClient.js';
